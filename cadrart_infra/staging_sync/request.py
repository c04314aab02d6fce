"""What a sync is asked for, and what it did (plain data)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.pace import FAST, Pace


@dataclass(frozen=True)
class SyncRequest:
    """One sync.

    `keep_previous` keeps the replaced copy until the next run, which then repairs it instead of copying in full; it
    is dropped all the same when it holds data that the masking of this run would have hidden.
    `masking` is None when staging shall hold the real data.
    `take_over` names a database that staging may have whatever it holds; any other is refused where no sync and no
    ensuring of accounts has made it.
    `pace` is how hard the server is worked.
    `swap_retry_seconds` is how long the swap is retried while staging is in use; one try holds new staging
    statements up for at most `swap_wait_seconds`.
    """

    production: str
    staging: str
    keep_previous: bool = True
    masking: MaskingRules | None = None
    pace: Pace = FAST
    take_over: str = ""
    time_limit_seconds: float = 3600.0
    swap_wait_seconds: int = 3
    swap_retry_seconds: float = 60.0
    lock_wait_seconds: int = 5


@dataclass(frozen=True)
class SyncResult:
    """What a sync did.

    `mode` is "incremental" when at least one table was repaired from an older copy. `repaired` counts the rows
    written to make the copy equal to the snapshot. `copied_bytes` is the size of the tables that were copied
    in full, by the server's statistics. `client_bytes` is what went through this process in both directions.
    `snapshot_time` is the server's UTC clock, ISO 8601, at the instant staging now shows.
    """

    mode: Literal["full", "incremental"]
    tables: int
    rows: int
    repaired: int
    copied_bytes: int
    client_bytes: int
    masked_columns: int
    duration_seconds: float
    snapshot_time: str
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
