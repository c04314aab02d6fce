"""Pauses of the sync while it holds metadata locks on production's tables: none while somebody waits for them."""

from __future__ import annotations

import contextlib

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError, LockWait
from cadrart_infra.mysql.session import Session

_SOON = 1  # second; MySQL knows no shorter time for a lock
_TABLES_A_STATEMENT = 50  # that are asked for, on average; each time for all would grow with the square of the tables


class LockAwarePauses:
    """The pauses of a repair within the snapshot, which holds a lock on each table that it has read until its end.

    An ALTER of such a table waits for that end, and every new statement on the table waits behind the ALTER. So there
    is no rest any more as soon as a read of these tables by `reader`, a session that is held back, is kept waiting.
    """

    def __init__(self, reader: Session, production: str, *, wanted: bool = True) -> None:
        self._reader, self._production = reader, production
        self._held: set[str] = set()
        self._since = 0
        self.is_over = not wanted
        """Whether what is left is done without rests."""

    def __enter__(self) -> LockAwarePauses:
        return self

    def __exit__(self, *_error: object) -> None:
        """The reader waits for locks as before; where it is gone, the block's own error says so."""
        if self._held:
            with contextlib.suppress(DatabaseError):
                self._reader.wait_for_locks()

    def rest(self, table: str) -> None:
        """Between two statements, the newest of which has read this table of production."""
        if self.is_over:
            return
        if not self._held:
            self._reader.wait_for_locks(_SOON)
        self._held.add(table)
        self._since += 1
        if self._since * _TABLES_A_STATEMENT < len(self._held):
            return
        self._since = 0
        reads = (f"(SELECT 1 FROM {sql.table(self._production, name)} LIMIT 0)" for name in sorted(self._held))
        try:
            self._reader.rows(f"SELECT {', '.join(reads)}")  # it rests before it asks
        except LockWait:
            self.is_over = True
