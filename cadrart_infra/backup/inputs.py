"""What the backup before a switch is given."""

from cadrart_infra.dynamic import Inputs


class BackupInputs(Inputs):
    """What is backed up, and when.

    `switch_from`: the colour that serves production when the backup is made; empty for an update that can migrate
    nothing. `release`: whether that colour gets another release, and goes on. `keep`: how many backups stay.
    `time_limit` in seconds. `verify`: "load" or "read" (`backup.verify`).
    """

    database: str
    active_color: str
    switch_from: str
    release: bool = False
    goes_back: bool = False
    """Whether all that production gets has served it before: a backup that fails is no reason to stay."""
    takes_back: bool = False
    """Whether it gets an older release back: the backup is made when production has turned."""
    keep: int
    time_limit: int
    verify: str = "load"
