"""A production database on a real server, its sync account, and ways to look at what a sync made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pymysql
from pymysql.cursors import Cursor

from cadrart_infra.mysql.rights import OWNER_RIGHTS
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.staging_sync.request import SyncRequest, SyncResult
from cadrart_infra.staging_sync.sync import restore_previous, run_sync
from sandbox.local_servers import LocalServer

PRODUCTION = "atelier-cadrart"
STAGING = "atelier-cadrart-stg"
OWNED = (STAGING, f"{STAGING}_next", f"{STAGING}_prev", f"{STAGING}_sync")
SYNC_USER = "cadrart-sync"
SYNC_PASSWORD = "sync'password"
STAGING_USER = "cadrart-stg"
STAGING_PASSWORD = "staging'password"
SOCKET = "/mnt/server.sock"
"""Of a server, as its own programs see it."""

if TYPE_CHECKING:
    Connection: TypeAlias = pymysql.connections.Connection[Cursor]
Rows = Sequence[tuple[Any, ...]]


def _read(column: str, data_type: str) -> str:
    """The client library takes a VECTOR for a text."""
    return f"HEX({quoted(column)})" if data_type == "vector" else quoted(column)


_CHARSET_ALONE = re.compile(r" CHARACTER SET (\w+)(?! COLLATE )(?= [^']|,?\n)")
"""Of a column whose table had its character set once; a column of another collation shows that too."""


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def root_client(local: LocalServer, password: str | None = None) -> RootClient:
    """Root as it is reached in a pod: through the server's socket."""
    return RootClient(local.client_command("env"), local.root_password if password is None else password, SOCKET)


class Listener(list[str]):
    """A list of progress lines that acts on each."""

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act

    def append(self, line: str) -> None:
        super().append(line)
        self._act(line)


@dataclass
class Shop:
    """One server with a production database, seen as root and as the sync's account."""

    server: LocalServer
    lines: list[str] = field(default_factory=list)

    @property
    def is_mariadb(self) -> bool:
        return self.server.kind.name == "mariadb"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.server.host, self.server.port, SYNC_USER, SYNC_PASSWORD)

    @property
    def owner(self) -> Endpoint:
        return Endpoint(self.server.host, self.server.port, STAGING_USER, STAGING_PASSWORD)

    def connect(self, schema: str | None = None, user: str = "root") -> Connection:
        passwords = {"root": self.server.root_password, STAGING_USER: STAGING_PASSWORD}
        password = passwords.get(user, SYNC_PASSWORD)
        return pymysql.connect(
            host=self.server.host,
            port=self.server.port,
            user=user,
            password=password,
            database=schema,
            autocommit=True,
            charset="utf8mb4",
            read_timeout=60,
            ssl_disabled=True,  # or the driver would read all certificates of this machine, every time
        )

    @contextmanager
    def root(self, schema: str | None = PRODUCTION) -> Iterator[Cursor]:
        connection = self.connect(schema)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def run(self, *statements: str, schema: str | None = PRODUCTION) -> Rows:
        """Execute as root; the rows of the last statement."""
        with self.root(schema) as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    @contextmanager
    def settings_for_applications(self) -> Iterator[None]:
        """The server gives new sessions what stops or changes a copy: limits, no primary key no table, and the like."""
        settings = _FOR_APPLICATIONS | _FOR_APPLICATIONS_OF[self.server.kind.name]
        with self.root(None) as cursor:
            try:
                for name, value in settings.items():
                    cursor.execute(f"SET GLOBAL {name} = {value}")
                yield
            finally:
                for name in settings:
                    cursor.execute(f"SET GLOBAL {name} = DEFAULT")

    @contextmanager
    def setting(self, name: str, value: int | str) -> Iterator[None]:
        """The server gives new sessions this value of one of its settings, and afterwards the one before."""
        with self.root(None) as cursor:
            cursor.execute(f"SELECT @@GLOBAL.{name}")
            ((before,),) = cursor.fetchall()
            cursor.execute(f"SET GLOBAL {name} = %s", (value,))
            try:
                yield
            finally:
                cursor.execute(f"SET GLOBAL {name} = %s", (before,))

    def reset(self) -> None:
        """An empty production database and no trace of any sync."""
        drops = [f"DROP DATABASE IF EXISTS `{schema}`" for schema in ("third", *OWNED, PRODUCTION)]
        self.run("SET SESSION foreign_key_checks = 0", *drops, schema=None)
        self.run(
            f"CREATE DATABASE `{PRODUCTION}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
            f"DROP USER IF EXISTS '{SYNC_USER}'@'%', '{STAGING_USER}'@'%'",
            schema=None,
        )
        with self.root(None) as cursor:
            for account in (self.endpoint, self.owner):
                cursor.execute(f"CREATE USER '{account.user}'@'%%' IDENTIFIED BY %s", (account.password,))
        self.run(*self.grants(), schema=None)
        self.lines.clear()

    def grants(self) -> list[str]:
        """Exactly what the sync needs, and nothing more; and what staging's own account has."""
        account, owner = f"'{SYNC_USER}'@'%'", f"'{STAGING_USER}'@'%'"
        routines = (
            "SELECT ON mysql.proc" if self.is_mariadb else "SHOW_ROUTINE, SESSION_VARIABLES_ADMIN, SYSTEM_USER ON *.*"
        )
        return [
            f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{PRODUCTION}`.* TO {account}",
            f"GRANT ALL ON `{STAGING}%`.* TO {account}",
            f"GRANT {routines} TO {account}",
            f"GRANT ALL ON `{STAGING}`.* TO {owner}",
            f"GRANT {', '.join(OWNER_RIGHTS)} ON `{STAGING}\\_next`.* TO {owner}",
        ]

    def request(self, **changes: Any) -> SyncRequest:
        return SyncRequest(**{"production": PRODUCTION, "staging": STAGING, **changes})

    def sync(self, **changes: Any) -> SyncResult:
        return run_sync(self.endpoint, self.owner, self.request(**changes), self.lines.append)

    def restore(self, **changes: Any) -> str:
        return restore_previous(self.endpoint, self.owner, self.request(**changes), self.lines.append)

    def tables(self, schema: str) -> list[str]:
        rows = self.run(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = '{schema}' AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1"
        )
        return [row[0] for row in rows]

    def contents(self, schema: str) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, invisible columns and history included, in the same order on every server."""
        found = {}
        with self.root(schema) as cursor:
            cursor.execute("SET SESSION time_zone = '+00:00'")
            for table in self.tables(schema):
                named = table.replace("\\", "\\\\").replace("'", "''")
                of_table = f"table_schema = '{schema}' AND table_name = '{named}'"
                cursor.execute(
                    "SELECT column_name, data_type, COALESCE(generation_expression, '') FROM information_schema.columns "
                    f"WHERE {of_table} ORDER BY ordinal_position"
                )
                shown = cursor.fetchall()
                columns = [_read(name, data_type) for name, data_type, _ in shown]
                cursor.execute(f"SELECT table_type FROM information_schema.tables WHERE {of_table}")
                versioned = cursor.fetchall() == (("SYSTEM VERSIONED",),)
                if versioned and "ROW START" not in [row[2] for row in shown]:
                    columns += ["row_start", "row_end"]
                history = " FOR SYSTEM_TIME ALL" if versioned else ""
                cursor.execute(f"SELECT {', '.join(columns)} FROM {quoted(table)}{history}")
                found[table] = sorted(cursor.fetchall(), key=repr)
        return found

    def definitions(self, schema: str) -> dict[str, str]:
        """Every object's CREATE statement as the server shows it, keyed by kind and name."""
        found = {}
        with self.root(schema) as cursor:
            cursor.execute("SELECT character_set_name, default_collate_name FROM information_schema.character_sets")
            usual = dict(cursor.fetchall())
            for kind, query, column in _DEFINITIONS:
                cursor.execute(query.format(schema=schema))
                for (name,) in cursor.fetchall():
                    if kind == "VIEW":  # which may be one for sessions of its own collation only
                        cursor.execute(_COLLATION_OF_VIEW, (schema, name))
                        cursor.execute("SET collation_connection = %s", cursor.fetchone())
                    cursor.execute("SET character_set_results = binary")  # what the server keeps, byte by byte
                    cursor.execute(f"SHOW CREATE {kind} {quoted(name)}")
                    row = cursor.fetchone()
                    cursor.execute("SET character_set_results = utf8mb4, character_set_connection = utf8mb4")
                    assert row is not None
                    statement = row[column].decode("utf-8", "surrogateescape")
                    statement = re.sub(rf"({_IS_THERE})(?: and \1)+", r"\1", statement)
                    statement = re.sub(r" CHARACTER SET \w+(?= COLLATE )", "", statement)
                    if kind == "TABLE":
                        statement = _CHARSET_ALONE.sub(lambda alone: f" COLLATE {usual[alone[1]]}", statement)
                        statement = "\n".join(_unique_keys_sorted(statement.split("\n")))
                    found[f"{kind} {name}"] = statement
            cursor.execute(f"SHOW CREATE DATABASE `{schema}`")
            database = cursor.fetchone()
            assert database is not None
            found["DATABASE"] = database[1].replace(f"`{schema}`", "`…`")
        return found

    def leftovers(self) -> list[str]:
        """Tables and routines outside of staging that a finished sync should not have left."""
        return [f"{schema}.{table}" for schema in (f"{STAGING}_next",) for table in self.tables(schema)]


def _unique_keys_sorted(lines: list[str]) -> list[str]:
    """Unique keys in one order, because MariaDB may list them in any; each line with its comma, as the last one has none."""
    keys = iter(sorted(line.rstrip(",") + "," for line in lines if line.startswith("  UNIQUE KEY ")))
    return [next(keys) if line.startswith("  UNIQUE KEY ") else line for line in lines]


def comparable(definitions: dict[str, str]) -> dict[str, str]:
    """A definition without what is meant to differ: owner, schema names, whether an event runs, a counter that MySQL moves early."""
    found = {}
    for key, statement in definitions.items():
        text = re.sub(r"DEFINER=`[^`]*`@`[^`]*` ", "", statement).replace(f"`{STAGING}`", f"`{PRODUCTION}`")
        found[key] = re.sub(r"(PRESERVE) (ENABLE|DISABLE) ", r"\1 … ", text, count=1) if "EVENT" in key else text
    return found


_FOR_APPLICATIONS = {
    "autocommit": "OFF",
    "character_set_connection": "utf16",
    "completion_type": "CHAIN",
    "default_storage_engine": "MyISAM",
    "explicit_defaults_for_timestamp": "OFF",
    "foreign_key_checks": "OFF",
    "innodb_lock_wait_timeout": "1",
    "lock_wait_timeout": "1",
    "max_error_count": "0",
    "max_join_size": "2",
    "net_read_timeout": "2",
    "sql_auto_is_null": "ON",
    "sql_mode": "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE'",
    "sql_quote_show_create": "OFF",
    "sql_safe_updates": "ON",
    "sql_select_limit": "0",
    "time_zone": "'+05:45'",
    "unique_checks": "OFF",
    "wait_timeout": "5",
}
_FOR_APPLICATIONS_OF = {
    "mariadb": {
        "innodb_compression_default": "ON",
        "max_statement_time": "0.001",
        "sql_if_exists": "ON",
        "tx_read_only": "ON",
    },
    "mysql": {
        "cte_max_recursion_depth": "1",
        "default_table_encryption": "ON",  # with no key to encrypt with
        "max_execution_time": "1",
        "show_create_table_verbosity": "ON",
        "show_gipk_in_create_table_and_information_schema": "OFF",
        "sql_generate_invisible_primary_key": "ON",
        "sql_require_primary_key": "ON",
        "transaction_read_only": "ON",
    },
}

_IS_THERE = r"\(`\w+`\.`\w+` is not null\)(?: and \(`\w+`\.`\w+` is not null\))*?"
"""Conditions that MySQL adds to a view with INTERSECT or EXCEPT each time it is made."""
_COLLATION_OF_VIEW = (
    "SELECT collation_connection FROM information_schema.views WHERE table_schema = %s AND table_name = %s"
)
_DEFINITIONS = (
    (
        "TABLE",
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = '{schema}' AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')",
        1,
    ),
    ("VIEW", "SELECT table_name FROM information_schema.views WHERE table_schema = '{schema}'", 1),
    ("TRIGGER", "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '{schema}'", 2),
    (
        "PROCEDURE",
        "SELECT routine_name FROM information_schema.routines WHERE routine_schema = '{schema}' "
        "AND routine_type = 'PROCEDURE'",
        2,
    ),
    (
        "FUNCTION",
        "SELECT routine_name FROM information_schema.routines WHERE routine_schema = '{schema}' "
        "AND routine_type = 'FUNCTION'",
        2,
    ),
    ("EVENT", "SELECT event_name FROM information_schema.events WHERE event_schema = '{schema}'", 3),
)
