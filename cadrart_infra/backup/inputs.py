"""What the backup before a switch is given."""

from cadrart_infra.dynamic import Inputs


class BackupInputs(Inputs):
    """What is backed up, and when."""

    database: str
    active_color: str
    switch_from: str
    """The colour that serves production when the backup is made; empty for an update that can migrate nothing."""
    release: bool = False
    """Whether that colour gets another release, and goes on."""
    goes_back: bool = False
    """Whether all that production gets has served it before: a backup that fails is no reason to stay."""
    takes_back: bool = False
    """Whether it gets an older release back: the backup is made when production has turned."""
    keep: int
    """How many backups stay."""
    time_limit: int
    """Seconds."""
    verify: str = "load"
    """How it is verified: "load" or "read" (`backup.verify`)."""
