"""The comparison database: a new backup is loaded into it, compared with production, and it is dropped.

It is also how this program and the Job that writes the backup talk to each other: the statements to send lie there,
and what the comparison came to.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from cadrart_infra.backup.contents import Contents, read_contents, require_dumpable
from cadrart_infra.backup.dump_statements import dump_statements
from cadrart_infra.backup.enum_members import with_all_members
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.notes import read_notes
from cadrart_infra.backup.verification import differences, objects_not_made_again
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.disk_space import require_room
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.json_documents import with_shapes
from cadrart_infra.mysql.schema import encryption_clause, schema_exists, table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import for_super_alone
from cadrart_infra.mysql.tables import drop_tables
from cadrart_infra.naming import COMPARISON_PLAN

LOCK = "cadrart-backup"
"""The server's named lock of whoever makes a backup; a Job whose backup nobody holds any more gives up."""
_ANSWER = 0
"""The number in the plan under which stands what came of the comparison."""
KEEP, DISCARD = "keep", "discard"


@dataclass(frozen=True)
class Comparison:
    """The comparison of one backup of `production`, in the database `beside`, which exists for nothing else."""

    session: Session
    production: str
    beside: str
    trusted: Callable[[], AbstractContextManager[Session]]
    """A session of an account that root lets make triggers and functions, where the server trusts nobody else."""

    def begin(self, endpoint: Endpoint, *, loads: bool) -> Contents:
        """Write down what the Job is to send; raises BackupError or TooLittleRoom before a row is read."""
        session = self.session
        if session.value(f"SELECT GET_LOCK('{LOCK}', 0)") != 1:
            raise BackupError("Another backup is being made. Wait for its end and run again.")
        foreign = _foreign(session, self.beside)
        if foreign:
            raise BackupError(
                f"The database {self.beside} is where backups are compared, and no backup made what is in it: "
                f"{', '.join(foreign[:5])}. It was not touched. Give it another name, or drop it, and run again."
            )
        self.remove()
        contents = read_contents(session, self.production)
        require_dumpable(session, contents)
        free = endpoint.free_bytes() if loads else None
        if free is not None:
            require_room(
                session, free, f"loading a backup of {len(contents.tables)} tables to compare it", contents.bytes
            )
        options = f"CHARACTER SET {contents.charset} COLLATE {contents.collation}"
        encryption = encryption_clause(session, self.production)
        session.run(f"CREATE DATABASE {sql.name(self.beside)} {options}{encryption}")
        tables = tuple(with_shapes(session, self.production, table) for table in contents.tables)
        self._write_plan(with_all_members(session, replace(contents, tables=tables), self.beside))
        return contents

    def _write_plan(self, contents: Contents) -> None:
        session, table = self.session, sql.table(self.beside, COMPARISON_PLAN)
        packet = int(session.value("SELECT @@max_allowed_packet"))
        session.run(f"CREATE TABLE {table} (n int PRIMARY KEY, statement longtext NOT NULL) CHARACTER SET utf8mb4")
        statements = dump_statements(contents, packet, mariadb=session.server.is_mariadb)
        for number, statement in enumerate(statements, start=1):
            session.run(f"INSERT INTO {table} VALUES ({number}, {sql.text(statement)})")

    def reasons_against(self, before: Contents) -> list[str]:
        """How the loaded backup differs from production as it was, by name; empty if it is the same."""
        notes = read_notes(self.session, self.beside)
        if notes is None:
            return ["nothing was loaded"]
        found = differences(self.session, self.beside, notes)
        if not found:
            with self._maker(before) as maker:
                found = objects_not_made_again(maker, self.beside, notes)
        return found or self.reasons_of_change(before)

    @contextlib.contextmanager
    def _maker(self, before: Contents) -> Iterator[Session]:
        """The session that creates the views, triggers, routines and events again."""
        if not for_super_alone(self.session, before.objects):
            yield self.session
            return
        with self.trusted() as session:
            yield session

    def reasons_of_change(self, before: Contents) -> list[str]:
        """How production's definitions differ from the backup's by now; empty if they do not."""
        same = read_contents(self.session, self.production).definitions == before.definitions
        return [] if same else [f"the tables or objects of {self.production} were altered while it was made"]

    def answer(self, answer: str) -> None:
        """Let the Job go on: KEEP or DISCARD."""
        self.session.run(
            f"INSERT INTO {sql.table(self.beside, COMPARISON_PLAN)} VALUES ({_ANSWER}, {sql.text(answer)})"
        )

    def remove(self) -> None:
        """Drops the database, unless it is another backup's or somebody else's."""
        _remove(self.session, self.beside)


def remove_leftover(session: Session, beside: str) -> None:
    """Drops the comparison database of a backup that was cut off; does nothing while a backup runs."""
    session.value(f"SELECT GET_LOCK('{LOCK}', 0)")
    _remove(session, beside)


def _remove(session: Session, beside: str) -> None:
    """Drops the tables, then the mark that the database is ours; leaves anybody else's."""
    holds_lock = session.value(f"SELECT IS_USED_LOCK('{LOCK}') = CONNECTION_ID()")
    if not holds_lock or not schema_exists(session, beside) or _foreign(session, beside):
        return
    drop_tables(session, beside, [name for name in table_names(session, beside) if name != COMPARISON_PLAN])
    session.run(f"DROP DATABASE {sql.name(beside)}")


def _foreign(session: Session, beside: str) -> list[str]:
    """Foreign tables in the database of this name."""
    found = table_names(session, beside)
    return [] if COMPARISON_PLAN in found else found


@contextlib.contextmanager
def removed_afterwards(comparison: Comparison) -> Iterator[None]:
    """Drops the comparison database when the block ends; if the server is away, the next backup does it."""
    try:
        yield
    finally:
        with contextlib.suppress(DatabaseError):
            comparison.remove()
