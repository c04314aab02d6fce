"""The names of the schemas that a sync works with."""

import hashlib
from dataclasses import dataclass

from cadrart_infra.naming import notes_database, shadow_database


@dataclass(frozen=True)
class Schemas:
    """Names of the schemas a sync works with; all but production's start with staging's name."""

    production: str
    staging: str

    @property
    def next(self) -> str:
        """The copy that is being made."""
        return shadow_database(self.staging)

    @property
    def previous(self) -> str:
        """The copy that staging held before."""
        return f"{self.staging}_prev"

    @property
    def work(self) -> str:
        """The sync's own notes and helper procedures."""
        return notes_database(self.staging)

    @property
    def locks(self) -> str:
        """What the names of the sync's locks begin with; one staging database has one sync at a time."""
        return "cadrart:" + hashlib.sha256(self.staging.encode()).hexdigest()[:32]

    @property
    def owned(self) -> tuple[str, ...]:
        """Every schema that belongs to the sync, staging itself included."""
        return (self.staging, self.next, self.previous, self.work)
