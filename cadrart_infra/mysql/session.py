"""One connection to the server, and how statements are sent."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
import tenacity
from pymysql.constants import FIELD_TYPE, SERVER_STATUS
from pymysql.converters import conversions
from pymysql.cursors import Cursor

from cadrart_infra.mysql.encodings import bytes_of
from cadrart_infra.mysql.error_numbers import CUT_SHORT, neutral
from cadrart_infra.mysql.errors import AccessDenied, AccountLocked, ConnectionLost, Refused, TextCutShort
from cadrart_infra.mysql.server import Endpoint, Server
from cadrart_infra.mysql.session_settings import FREE, NO_END_OF_TRANSACTIONS, OLD_TABLES, SHOWING, lax_sql_mode
from cadrart_infra.mysql.tls import any_certificate

Row = tuple[Any, ...]

_DATES = (FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME)
# Dates stay the server's own text, or those that Python's calendar lacks would be lost.
_CONVERSIONS = {kind: convert for kind, convert in conversions.items() if kind not in _DATES}

_CONNECT_SECONDS = 10
_LOCK_SECONDS = 10
_STATEMENT_SECONDS = 1800
_IDLE_SECONDS = 28_800
_STARTING_SECONDS = 30

# Reads lock nothing; InnoDB takes no write so where the binary log has statements in the place of rows.
_ISOLATION = "IF(@@log_bin AND @@binlog_format = 'STATEMENT', 'REPEATABLE-READ', 'READ-COMMITTED')"


def at_once() -> None:
    """Nothing is waited for before a statement."""


class _Connection(pymysql.connections.Connection):
    """The driver's own reads all certificates of this machine for each connection, also for one that looks at none."""

    def _create_ssl_ctx(self, sslp: ssl.SSLContext | dict[str, str]) -> ssl.SSLContext:
        return sslp if isinstance(sslp, ssl.SSLContext) else any_certificate()


class Session:
    """One connection with helpers; not for use by two threads at once.

    Every method that asks the server raises a DatabaseError where it says no (see `errors`). `before_statement` is
    called before it connects and before each statement, and may wait; never within a transaction, which holds tables.
    """

    def __init__(self, endpoint: Endpoint, before_statement: Callable[[], None] = at_once) -> None:
        self._before_statement = before_statement
        before_statement()
        try:
            self._connection = _Connection(
                host=endpoint.host,
                port=endpoint.port,
                user=endpoint.user,
                password=endpoint.password.encode(),  # PyMySQL itself would make it Latin-1
                charset="utf8mb4",
                autocommit=True,
                conv=_CONVERSIONS,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_STATEMENT_SECONDS,
                write_timeout=_STATEMENT_SECONDS,
                ssl=endpoint.tls.context if endpoint.tls else None,
            )
        except pymysql.MySQLError as error:
            raise neutral(error, f"connecting to {endpoint.host}:{endpoint.port} as {endpoint.user}") from None
        self.client_bytes = 0
        self._warned = False
        try:
            # A LIMIT of its own: the server's for new sessions may be 0.
            self.server = Server.parse(str(self.value("SELECT VERSION() LIMIT 1")))
            self._set_up()
        except BaseException:  # whoever did not get a session has none to close
            self.close()
            raise

    @property
    def sql_mode(self) -> str:
        """The session's own: strict, and no value is changed on its way."""
        return f"STRICT_ALL_TABLES,{self.lax_sql_mode}"

    @property
    def lax_sql_mode(self) -> str:
        """For rows whose generated values only a lax mode computes; whoever uses it compares what was written."""
        return lax_sql_mode(mariadb=self.server.is_mariadb)

    @property
    def id(self) -> int:
        """The server's number for this connection."""
        return int(self._connection.thread_id())  # type: ignore[no-untyped-call]

    def run(self, statement: str | bytes) -> int:
        """Execute, and return the number of rows affected; bytes are sent as they are."""
        self._wait()
        self.client_bytes += len(statement)
        with _neutral_errors(), self._connection.cursor() as cursor:
            given = statement if isinstance(statement, bytes) else bytes_of(statement)
            return int(cursor.execute(given))  # type: ignore[call-overload]  # bytes pass as they are

    def rows(self, statement: str) -> Sequence[Row]:
        """Execute, and return all rows."""
        self._wait()
        with _neutral_errors(), self._connection.cursor(Cursor) as cursor:
            cursor.execute(statement)
            rows: Sequence[Row] = cursor.fetchall()
            self._warned = bool(cursor.warning_count)
        self.client_bytes += len(statement) + sum(len(str(value)) for row in rows for value in row)
        return rows

    def require_whole_texts(self) -> None:
        """Raises TextCutShort where the last rows came of a text that was longer than the server's packets.

        It makes NULL or nothing of one, so that two different rows have the same digest, and only warns.
        """
        if self._warned:
            for _, number, said in self.rows("SHOW WARNINGS"):
                if number == CUT_SHORT:
                    raise TextCutShort(f"({number}) {said}", number=number)

    @contextmanager
    def as_bytes(self) -> Iterator[None]:
        """Every text is answered as the bytes that the server keeps, not turned into this session's character set."""
        self.run("SET character_set_results = binary")
        try:
            yield
        finally:
            self.run("SET character_set_results = utf8mb4")

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
        self._wait()
        with _neutral_errors():
            self._connection.select_db(schema)

    def open_snapshot(self) -> str:
        """Begin a transaction that sees all rows as of one instant, and return that instant (ISO 8601, UTC).

        The session is at REPEATABLE READ; at any other level each statement would see newer rows.
        """
        self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        return str(self.value("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')"))

    def accept_old_tables(self) -> None:
        """Let tables be made that the server made once and would refuse by default today, and rows as they have them.

        Where the account may not set something (see OLD_TABLES), the server refuses the table that needs it.
        """
        settings = OLD_TABLES["mariadb" if self.server.is_mariadb else "mysql"]
        self._try(*settings, *(["check_constraint_checks = OFF"] if self.server.is_mariadb else []))

    def _try(self, *settings: str) -> None:
        """Each by itself; one that the server does not know, or the account may not set, stays as it is."""
        for setting in settings:
            with suppress(Refused):
                self.run(f"SET SESSION {setting}")

    def close(self) -> None:
        """Closes the session; never raises."""
        try:
            self._connection.close()
        except pymysql.MySQLError:
            return

    def abort(self) -> None:
        """Drop the connection at once, without a word to the server; may be called from another thread."""
        self._connection._force_close()  # type: ignore[attr-defined]

    def wait_for_locks(self, seconds: int = _LOCK_SECONDS) -> None:
        """From now on a statement waits so long for a table that another session locks; then it raises LockWait."""
        self.run(f"SET SESSION lock_wait_timeout = {seconds}")

    @property
    def _is_in_transaction(self) -> bool:
        status: int | None = self._connection.server_status  # type: ignore[attr-defined]
        return bool((status or 0) & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    def _wait(self) -> None:
        if not self._is_in_transaction:
            self._before_statement()

    def _set_up(self) -> None:
        settings = [
            FREE,
            "time_zone = '+00:00'",
            f"sql_mode = '{self.sql_mode}'",
            f"wait_timeout = {_IDLE_SECONDS}",
            f"lock_wait_timeout = {_LOCK_SECONDS}",
            f"{'tx' if self.server.is_mariadb else 'transaction'}_isolation = {_ISOLATION}",
        ]
        if self.server.is_mariadb:
            settings.append(NO_END_OF_TRANSACTIONS)
        else:
            settings.append("information_schema_stats_expiry = 0")
        self.run(", ".join(settings))
        if self._is_in_transaction:
            self.run("ROLLBACK")  # of the server's init_connect
        if not self.server.is_mariadb:
            self._try(*SHOWING)


@contextmanager
def _neutral_errors() -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        raise neutral(error) from error


def accepts_password(endpoint: Endpoint) -> bool:
    """Whether the password is the account's, even if it is locked; waits for a server that is starting."""
    try:
        connect(endpoint).close()
    except AccessDenied:
        return False
    except AccountLocked:
        return True
    return True


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(ConnectionLost),
    wait=tenacity.wait_fixed(1),
    stop=tenacity.stop_after_delay(_STARTING_SECONDS),
    reraise=True,
)
def connect(endpoint: Endpoint) -> Session:
    """A session, which the caller closes; waits for a server that is starting."""
    return Session(endpoint)
