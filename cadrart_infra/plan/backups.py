"""Whether an update makes a backup of production's database, and the place for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backups:
    """What the stack and the update want of backups."""

    before_switch: bool
    """Whether the stack wants one before a switch."""
    migrates: bool
    """Whether pods of this update can migrate the database."""
    upgrades: bool
    """Whether the database server is upgraded."""
    wanted_size: str
    """Of the claim, as the settings say it; empty where they want none."""
    claim_size: str
    """Of the claim that there is; empty where there is none."""

    @property
    def are_wanted(self) -> bool:
        """Whether a claim for backups is needed: the stack wants one before a switch, or an upgrade needs one."""
        return self.before_switch or self.upgrades

    @property
    def for_new_pods(self) -> bool:
        """Whether one is made for a switch or a release that can migrate (see `backup.due`)."""
        return self.before_switch and self.migrates

    @property
    def is_due(self) -> bool:
        """Whether this update makes one."""
        return self.for_new_pods or self.upgrades

    @property
    def size(self) -> str | None:
        """The size of the backups' claim; one that is not needed now keeps its size. None where there is none."""
        return self.wanted_size if self.are_wanted else self.claim_size or None
