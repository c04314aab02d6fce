"""Connections to the server, each set up for its task and fenced by a lock of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import Cursor

from cadrart_infra.staging_sync.errors import (
    UNTOUCHED,
    SyncAlreadyRunning,
    UnsupportedServer,
    explain,
)
from cadrart_infra.staging_sync.plan import Endpoint

Row = tuple[Any, ...]

_DATES = (FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME)
# Dates stay the server's own text, or those that Python's calendar lacks would be lost.
_CONVERSIONS = {kind: convert for kind, convert in conversions.items() if kind not in _DATES}

_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 1800
_IDLE_SECONDS = 28_800
_COORDINATOR_IDLE_SECONDS = 300  # a client that vanished without a word loses the run's lock after this time

# Every value passes as it is stored: dates that the calendar lacks, an id of 0.
SQL_MODE = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"


@dataclass(frozen=True)
class Server:
    """Product and version, as far as they make a difference."""

    is_mariadb: bool
    version: tuple[int, int, int]

    @classmethod
    def parse(cls, text: str) -> Server:
        """From what `SELECT VERSION()` answers."""
        digits = text.removeprefix("5.5.5-").split("-")[0].split(".")
        major, minor, patch = (int(part) for part in [*digits, "0", "0"][:3])
        return cls("mariadb" in text.lower(), (major, minor, patch))

    def __str__(self) -> str:
        return f"{'MariaDB' if self.is_mariadb else 'MySQL'} {'.'.join(map(str, self.version))}"

    def require_supported(self) -> None:
        """Raises UnsupportedServer for versions on which the copy was never shown to be faithful."""
        oldest = (10, 11, 0) if self.is_mariadb else (8, 0, 20)
        if self.version < oldest:
            wanted = "MariaDB 10.11" if self.is_mariadb else "MySQL 8.0.20"
            raise UnsupportedServer(f"The server is {self}; the sync needs {wanted} or later. {UNTOUCHED}")


class Session:
    """One connection with helpers; not for use by two threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        try:
            self._connection = pymysql.connect(
                host=endpoint.host,
                port=endpoint.port,
                user=endpoint.user,
                password=endpoint.password,
                charset="utf8mb4",
                autocommit=True,
                conv=_CONVERSIONS,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_STATEMENT_SECONDS,
                write_timeout=_STATEMENT_SECONDS,
            )
        except pymysql.MySQLError as error:
            raise explain(error, f"connecting to {endpoint.host}:{endpoint.port} as {endpoint.user}") from None
        self.client_bytes = 0
        self.server = Server.parse(str(self.value("SELECT VERSION()")))
        self._set_up()

    @property
    def id(self) -> int:
        """The server's number for this connection."""
        return int(self._connection.thread_id())  # type: ignore[no-untyped-call]

    def run(self, statement: str) -> int:
        """Execute, and return the number of rows affected."""
        self.client_bytes += len(statement)
        with self._connection.cursor() as cursor:
            return int(cursor.execute(statement))

    def rows(self, statement: str) -> Sequence[Row]:
        """Execute, and return all rows."""
        with self._connection.cursor(Cursor) as cursor:
            cursor.execute(statement)
            rows: Sequence[Row] = cursor.fetchall()
        self.client_bytes += len(statement) + sum(len(str(value)) for row in rows for value in row)
        return rows

    def row(self, statement: str) -> Row | None:
        """The first row, or None."""
        rows = self.rows(statement)
        return rows[0] if rows else None

    def value(self, statement: str) -> Any:
        """The first column of the first row, or None."""
        row = self.row(statement)
        return row[0] if row else None

    def column(self, statement: str) -> list[str]:
        """The first column of every row."""
        return [row[0] for row in self.rows(statement)]

    def use(self, schema: str) -> None:
        """Make the schema the default one."""
        self._connection.select_db(schema)

    def close(self) -> None:
        """Close; never raises."""
        try:
            self._connection.close()
        except pymysql.MySQLError:
            return

    def abort(self) -> None:
        """Drop the connection at once, without a word to the server; may be called from another thread."""
        self._connection._force_close()  # type: ignore[attr-defined]

    def _set_up(self) -> None:
        settings = [
            "time_zone = '+00:00'",
            f"sql_mode = '{SQL_MODE}'",
            f"wait_timeout = {_IDLE_SECONDS}",
            f"lock_wait_timeout = {_CONNECT_SECONDS}",
            "transaction_isolation = 'READ-COMMITTED'"
            if not self.server.is_mariadb
            else "tx_isolation = 'READ-COMMITTED'",
            "max_statement_time = 0" if self.server.is_mariadb else "max_execution_time = 0",
        ]
        if not self.server.is_mariadb:
            settings.append("information_schema_stats_expiry = 0")
        self.run("SET SESSION " + ", ".join(settings))


class SessionPool:
    """The sessions of one run.

    Each session holds a named lock of its slot for as long as it lives, and a statement that goes on after its
    client was killed holds it until it ends. A new run takes every slot it uses, so nothing of an old run can
    write beside it; a holder that does not end by itself is killed.
    """

    def __init__(self, endpoint: Endpoint, staging: str, slots: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._prefix = "cadrart:" + hashlib.sha256(staging.encode()).hexdigest()[:32]
        self._slots = slots
        self._sessions: dict[str, Session] = {}

    def open_all(self, wait_seconds: int) -> None:
        """Take the run's lock, then one session for every slot."""
        coordinator = Session(self._endpoint)
        self._sessions["run"] = coordinator
        coordinator.run(f"SET SESSION wait_timeout = {_COORDINATOR_IDLE_SECONDS}")
        lock = self._lock("run")
        if coordinator.value(f"SELECT GET_LOCK('{lock}', {wait_seconds})") != 1:
            holder = coordinator.value(f"SELECT IS_USED_LOCK('{lock}')")
            raise SyncAlreadyRunning(
                f"Another sync of the same staging database is running (connection {holder} of the server). "
                f"{UNTOUCHED} Wait for it to end and run again."
            )
        for slot in self._slots:
            session = self._sessions[slot] = Session(self._endpoint)
            self._take_over(session, self._lock(slot))

    def __getitem__(self, slot: str) -> Session:
        return self._sessions[slot]

    @property
    def client_bytes(self) -> int:
        """What went through all sessions so far, by length of statements and answers."""
        return sum(session.client_bytes for session in self._sessions.values())

    def reopen(self, slot: str) -> Session:
        """A fresh session for the slot, the old one's transaction and locks gone."""
        self._sessions[slot].abort()
        session = self._sessions[slot] = Session(self._endpoint)
        self._take_over(session, self._lock(slot))
        return session

    def require_lock(self) -> None:
        """Raises when the run's lock was lost, for instance with its connection."""
        coordinator = self._sessions["run"]
        if coordinator.value(f"SELECT IS_USED_LOCK('{self._lock('run')}')") != coordinator.id:
            raise SyncAlreadyRunning(f"This sync lost its lock to another one and stopped. {UNTOUCHED}")

    def close(self) -> None:
        """Close every session, the run's lock last."""
        for session in reversed(list(self._sessions.values())):
            session.close()

    def abort(self) -> None:
        """Drop every connection at once and stop what still runs on the server for them."""
        running = [session.id for slot, session in self._sessions.items() if slot != "run"]
        for session in self._sessions.values():
            session.abort()
        _kill(self._endpoint, running)

    def _lock(self, slot: str) -> str:
        return f"{self._prefix}:{slot}"

    @staticmethod
    def _take_over(session: Session, lock: str) -> None:
        for _ in range(30):
            if session.value(f"SELECT GET_LOCK('{lock}', 1)") == 1:
                return
            holder = session.value(f"SELECT IS_USED_LOCK('{lock}')")
            if holder is not None:
                kill_statement(session, int(holder))
        raise SyncAlreadyRunning(
            f"A statement of an earlier sync still runs on the server (connection {holder}) and does not end. "
            f"{UNTOUCHED} End it and run again."
        )


def kill_statement(session: Session, connection_id: int) -> None:
    """End another connection of the same account; it may be gone already."""
    try:
        session.run(f"KILL CONNECTION {connection_id}")
    except pymysql.MySQLError:
        time.sleep(0.1)


def _kill(endpoint: Endpoint, connection_ids: Sequence[int]) -> None:
    try:
        killer = Session(endpoint)
    except Exception:
        return  # the server is gone or refuses: the next run fences what is left
    for connection_id in connection_ids:
        kill_statement(killer, connection_id)
    killer.close()
