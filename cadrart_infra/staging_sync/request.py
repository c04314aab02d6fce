"""What a sync is asked for, and what it did (plain data)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.pace import FAST, Pace


@dataclass(frozen=True)
class SyncRequest:
    """What one sync is to do."""

    production: str
    staging: str
    keep_previous: bool = True
    """Whether the replaced copy stays until the next run, which then repairs it instead of copying in full. It is
    dropped all the same when it holds data that the masking of this run would have hidden."""
    masking: MaskingRules | None = None
    """None when staging shall hold the real data."""
    pace: Pace = FAST
    """How hard the server is worked."""
    take_over: str = ""
    """A database that staging may have whatever it holds; any other is refused unless a sync or an update of the
    accounts has made it."""
    time_limit_seconds: float = 3600.0
    swap_wait_seconds: int = 3
    """How long one try of the swap may hold up new statements on staging."""
    swap_retry_seconds: float = 60.0
    """How long the swap is retried while staging is in use."""
    lock_wait_seconds: int = 5


@dataclass(frozen=True)
class SyncResult:
    """What a sync did."""

    mode: Literal["full", "incremental"]
    """Is "incremental" when at least one table was repaired from an older copy."""
    tables: int
    rows: int
    repaired: int
    """Rows written to make the copy equal to the snapshot."""
    copied_bytes: int
    """Size of the tables that were copied in full, by the server's statistics."""
    client_bytes: int
    """What went through this process, in both directions."""
    masked_columns: int
    duration_seconds: float
    snapshot_time: str
    """The instant that staging now shows: ISO 8601, UTC, by the server's clock."""
    previous_kept: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values only, ready for JSON."""
        return asdict(self)

    def summary(self) -> str:
        """One line for the user."""
        return (
            f"{self.mode} sync: {self.tables} tables, {self.rows:,} rows, {self.repaired:,} repaired, "
            f"{self.masked_columns} columns masked, snapshot {self.snapshot_time}, {self.duration_seconds:.1f} s"
        )
