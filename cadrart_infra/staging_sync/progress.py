"""Progress lines while rows are copied and compared, and the time limit of the whole run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cadrart_infra.staging_sync.errors import UNTOUCHED, TimeLimitExceeded
from cadrart_infra.terminal import Say

_EVERY_SECONDS = 2.0


class Monitor:
    """Counts rows from any thread; speaks from the main thread only, in `tick`."""

    def __init__(self, say: Say, time_limit_seconds: float, alive: Callable[[], None]) -> None:
        self.say = say
        self._alive = alive
        self._limit = time_limit_seconds
        self._started = self._spoke = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._doing, self._table, self._rows, self._total = "", "", 0, 0
        self._table_rows, self._phase_started = 0, self._started

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def begin(self, doing: str, total_rows: int) -> None:
        """A new phase over about so many rows."""
        with self._lock:
            self._doing, self._total, self._rows, self._table = doing, max(total_rows, 1), 0, ""
            self._table_rows, self._phase_started = 0, time.monotonic()
            self._stop.clear()

    def advance(self, table: str, rows: int) -> None:
        """So many more rows of the table are done; raises when the run is to end."""
        with self._lock:
            if table != self._table:
                self._table, self._table_rows = table, 0
            self._table_rows += rows
            self._rows += rows
        self.check()

    def check(self) -> None:
        """Raises TimeLimitExceeded when the time is up or another thread failed."""
        if self._stop.is_set() or self.seconds > self._limit:
            raise TimeLimitExceeded(
                f"The sync did not end within {self._limit:.0f} s ({self._doing} {self._table}). {UNTOUCHED} Raise "
                "the time limit; the next run takes up what this one copied."
            )

    def stop(self) -> None:
        """Make every thread of the phase end at its next step."""
        self._stop.set()

    def tick(self) -> None:
        """Say how far the phase is, at most every two seconds, and see that the run still holds its lock."""
        now = time.monotonic()
        if now - self._spoke < _EVERY_SECONDS:
            return
        self._spoke = now
        self._alive()
        with self._lock:
            share = min(self._rows / self._total, 1.0)
            spent = now - self._phase_started
            left = f", about {spent / share - spent:.0f} s left" if share > 0.02 else ""
            line = f"{self._doing} {self._table}: {self._table_rows:,} rows, {share:.0%} of all{left}"
        self.say(line)
