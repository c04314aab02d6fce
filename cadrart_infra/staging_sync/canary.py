"""The canary: a small read of production five times a second, which measures how long production's reads take."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.schema import table_names
from cadrart_infra.mysql.session import Session

_QUIET_READS, _QUIET_PAUSE = 20, 0.05
"""A second, ten of the kernel's periods: `throttle` counts those that production has the server throttled in."""
_PAUSE = 0.2
_LEAST_LIMIT = 0.01
_TIMES_QUIET = 2
"""Reads that take so many times the slowest of the quiet ones are what production is to be spared."""


class Canary:
    """Reads in a thread of its own, and knows whether the newest read was slow; seconds everywhere."""

    def __init__(self, session: Session, production: str) -> None:
        self._session = session
        self._query = _query(session, production)
        self._latest, self._asked_at = 0.0, 0.0
        self.limit = _LEAST_LIMIT
        """What a read may take; twice the slowest of the quiet time, see `hear_quiet`."""

    @property
    def is_slow(self) -> bool:
        """Whether the newest read took too long, or the one that is under way does."""
        asked_at = self._asked_at
        return self._latest > self.limit or (asked_at > 0 and time.monotonic() - asked_at > self.limit)

    def hear_quiet(self) -> None:
        """How long production's reads take while the sync does nothing; it takes a second."""
        self.limit = max(_TIMES_QUIET * self._slowest_in_quiet(), _LEAST_LIMIT)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Reads while the block runs."""
        ended = threading.Event()
        thread = threading.Thread(target=self._read_on, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=_LEAST_LIMIT + self.limit)  # its session may be gone already

    def _slowest_in_quiet(self) -> float:
        slowest = 0.0
        for _ in range(_QUIET_READS):
            slowest = max(slowest, self._read())
            time.sleep(_QUIET_PAUSE)
        return slowest

    def _read(self) -> float:
        begun = self._asked_at = time.monotonic()
        try:
            self._session.value(self._query)
        finally:
            self._asked_at = 0.0
        return time.monotonic() - begun

    def _read_on(self, ended: threading.Event) -> None:
        """A table that is gone meanwhile, or a connection, says nothing of production's reads."""
        while not ended.wait(_PAUSE):
            try:
                self._latest = self._read()
            except (DatabaseError, OSError, AttributeError, ValueError):  # the last three: a run that fails drops it
                self._latest = 0.0


def _query(session: Session, production: str) -> str:
    """One row of one of production's tables; where it has none, what any server answers."""
    tables = table_names(session, production)
    return f"SELECT 1 FROM {sql.table(production, tables[0])} LIMIT 1" if tables else "SELECT 1"
