"""What the backup before a switch is given."""

from cadrart_infra.dynamic import Inputs


class BackupInputs(Inputs):
    """What is backed up, and when.

    `switch_from`: the colour that serves production now and will not after this update; empty for an update that is no
    switch. `keep`: how many backups stay. `time_limit` in seconds.
    """

    database: str
    active_color: str
    switch_from: str
    keep: int
    time_limit: int
