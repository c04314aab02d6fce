"""What the staging sync is given."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from cadrart_infra.dynamic import Inputs
from cadrart_infra.staging_sync.pace import PACES, Pace

COPY = "copy"
"""In what a run leaves in `last`: when its copy came in, for whatever is replaced with it."""


class Databases(BaseModel):
    """The databases' names."""

    model_config = ConfigDict(frozen=True)

    production: str
    staging: str


class Masking(BaseModel):
    """What the stack says of masking; `columns` and `keep` add to the shop's own rules."""

    model_config = ConfigDict(frozen=True)

    enabled: bool
    columns: Mapping[str, Any]
    keep: list[str]


class EffectiveRules(BaseModel):
    """Every rule that a sync applies: the shop's own and the stack's."""

    model_config = ConfigDict(frozen=True)

    columns: Mapping[str, str | Mapping[str, str]]
    keep: list[str]

    def by_column(self) -> dict[str, str | Mapping[str, str]]:
        """The rule of each column that has one, `keep` being one."""
        return {**dict.fromkeys(self.keep, "keep"), **self.columns}


class SyncInputs(Inputs):
    """What is copied, when, and how the server is reached: see `StagingSyncArgs`."""

    COUNTS = frozenset({"staging_color", "images", "databases", "masking", "request", "restore_previous"})

    address: str
    staging_color: str
    images: Mapping[str, Mapping[str, str]]
    databases: Databases
    masking: Masking
    masking_rules: EffectiveRules | None = None
    """None where masking is off; not recorded by the first releases."""
    on_switch: bool
    keep_previous: bool
    request: str
    restore_previous: str
    time_limit: float
    take_over: str = ""
    """Not recorded by the first releases."""
    ca: str = ""
    """Not recorded by the first releases."""
    pace: str = "gentle"
    """Not recorded by the first releases."""
    processor_share: float = 0.7
    """Not recorded by the first releases."""

    @property
    def how_fast(self) -> Pace:
        """The pace, with what the stack says of it."""
        pace = PACES[self.pace]
        return pace if pace.share is None else replace(pace, share=self.processor_share)
