"""Copies production's database to a review's server, masked on the way.

Production's own server makes the masks, in the statement that reads a row. So a value that is to be masked never leaves
that server, and after a failure there is nothing on the other server that has to be removed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from cadrart_infra.backup.dump_statements import value_literal
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import TEXTUAL
from cadrart_infra.mysql.errors import DatabaseError, while_doing
from cadrart_infra.mysql.json_documents import with_shapes
from cadrart_infra.mysql.schema import Inventory, read_inventory, table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session, connect
from cadrart_infra.mysql.session_settings import READ_ONLY
from cadrart_infra.mysql.stored_objects import create_objects, drop_objects, own_objects
from cadrart_infra.mysql.table_definitions import Column
from cadrart_infra.mysql.tables import drop_tables, rename_tables, table_moves
from cadrart_infra.review.errors import MaskedCopyError
from cadrart_infra.staging_sync.bulk_copy import row_by_row
from cadrart_infra.staging_sync.chunks import Chunk, split_into_chunks
from cadrart_infra.staging_sync.copy_tools import chunk_rows
from cadrart_infra.staging_sync.digest import copy_digest, production_digest
from cadrart_infra.staging_sync.errors import explain
from cadrart_infra.staging_sync.masking.database import let_mask, require_maskable, require_masked
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.pace import GENTLE
from cadrart_infra.staging_sync.preconditions import read_production, require_carriable, require_server_settings
from cadrart_infra.staging_sync.preparation import ensure_schema, finish_tables
from cadrart_infra.staging_sync.privileges import require_owner_confined, require_privileges
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.sequences import make_sequences
from cadrart_infra.staging_sync.table_making import as_copied, make_tables, require_same
from cadrart_infra.terminal import Say

UNTOUCHED = (
    "Production was only read, and no value that is to be masked has left its server. The review has no database, and "
    "its pods do not start."
)
_STATEMENT_BYTES = 1_000_000
_BEFORE = "before_reading"


@dataclass(frozen=True)
class Servers:
    """The accounts that copy: the sync's on production's server; the sync's and staging's (`owner`) on the review's."""

    production: Endpoint
    review: Endpoint
    owner: Endpoint


@dataclass(frozen=True)
class MaskedCopy:
    """What was copied; `snapshot_time` is the instant of production that it shows (ISO 8601, UTC)."""

    tables: int
    rows: int
    masked_columns: int
    snapshot_time: str


@dataclass(frozen=True)
class CopyRequest:
    """What is copied where, masked by which rules; after `time_limit` seconds it gives up."""

    schemas: Schemas
    rules: MaskingRules
    time_limit: float


def copy_masked(servers: Servers, request: CopyRequest, say: Say) -> MaskedCopy:
    """Makes staging's database on the review's server a verified, masked copy of production.

    Whatever it held is replaced. Raises SyncError or MaskedCopyError; there is no copy then.
    """
    with ExitStack() as stack:
        run = _Run(request.schemas, request.rules, say, time.monotonic() + request.time_limit)
        try:
            run.connect(servers, stack)
            return run.copy()
        except DatabaseError as error:
            raise explain(error, run.doing, UNTOUCHED) from None


@dataclass
class _Run:
    schemas: Schemas
    rules: MaskingRules
    say: Say
    deadline: float
    doing: str = "connecting"
    read: Session = field(init=False)
    snapshot: Session = field(init=False)
    write: Session = field(init=False)
    owner: Session = field(init=False)

    def connect(self, servers: Servers, stack: ExitStack) -> None:
        """Opens two sessions that can only read production, and two on the review's server."""
        ends = (servers.production, servers.production, servers.review, servers.owner)
        self.read, self.snapshot, self.write, self.owner = (stack.enter_context(closing(connect(end))) for end in ends)
        for session in (self.read, self.snapshot):
            session.run(READ_ONLY)
            let_mask(session, self.rules)
        self.snapshot.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self.write.accept_old_tables()

    def copy(self) -> MaskedCopy:
        """See copy_masked."""
        self._step("checking both servers and their accounts")
        self._require_fit()
        inventory = self._inventory()
        self._step(f"making {len(inventory.tables)} tables")
        self._make_tables(inventory)
        self._step("copying and comparing, masked by production's server")
        tables = (with_shapes(self.read, self.schemas.production, table) for table in inventory.tables.values())
        projections = [Projection(table, self.rules) for table in tables]
        snapshot_time, rows = self._copy_rows(projections)
        after = read_inventory(self.read, self.schemas.production)
        if after.fingerprint() != inventory.fingerprint():
            raise MaskedCopyError(f"Production's tables were altered while they were copied. {UNTOUCHED} Run it again.")
        self._step("looking once more at what the masked copy holds")
        self._require_masked(inventory)
        self._put_in_place(replace(inventory, tables=after.tables, sequences=after.sequences))
        masked = sum(len(projection.masked_names) for projection in projections)
        return MaskedCopy(len(projections), rows, masked, snapshot_time)

    def _step(self, doing: str) -> None:
        self.doing = doing
        self.say(doing)

    def _require_fit(self) -> None:
        require_server_settings(self.read)
        require_privileges(self.read, self.schemas)
        require_owner_confined(self.owner, self.schemas)
        ours, theirs = self.read.server, self.write.server
        if ours.is_mariadb is not theirs.is_mariadb:
            raise MaskedCopyError(
                f"Production's server is {ours}, and the review's is {theirs} (database.image). {UNTOUCHED} Set "
                "database.image to the product that production has."
            )

    def _inventory(self) -> Inventory:
        """Production's definitions; raises an error where one cannot be masked, or made on another server."""
        read, schemas = self.read, self.schemas
        inventory = read_production(read, schemas)
        require_carriable(read, inventory, schemas)
        require_maskable(read, inventory, self.rules)
        if hidden := [table.name for table in inventory.tables.values() if table.may_hide_members]:
            raise MaskedCopyError(
                f"The server does not show all members of an ENUM or SET in {', '.join(hidden)}, so that the table "
                f"cannot be made on another server. {UNTOUCHED} Take the question mark out of its members."
            )
        return inventory

    def _make_tables(self, inventory: Inventory) -> None:
        write, schemas = self.write, self.schemas
        for schema in (schemas.next, schemas.staging):
            ensure_schema(write, schema, inventory.schema, inventory)
            drop_objects(write, schema, own_objects(write, schema))
            drop_tables(write, schema, table_names(write, schema))
        wanted = as_copied(inventory, schemas)
        make_tables(write, schemas, wanted.values())
        require_same(write, schemas.next, wanted)
        make_sequences(write, schemas.next, inventory)

    def _copy_rows(self, projections: Sequence[Projection]) -> tuple[str, int]:
        """Copies all rows as production has them at one instant; returns that instant and the number of rows."""
        self.write.run(f"SET SESSION foreign_key_checks = 0, unique_checks = 0, sql_mode = '{self.write.lax_sql_mode}'")
        instant = self.snapshot.open_snapshot()
        rows = sum(self._copy_table(projection) for projection in projections)
        self.snapshot.run("COMMIT")
        self.write.run(f"SET SESSION foreign_key_checks = 1, unique_checks = 1, sql_mode = '{self.write.sql_mode}'")
        return instant, rows

    def _copy_table(self, projection: Projection) -> int:
        table, production = projection.table, self.schemas.production
        size, count = chunk_rows(table, GENTLE.compare_rows, GENTLE.compare_bytes), 0
        with while_doing(f"copying table {table.name}"), row_by_row(self.write, table):
            self.snapshot.run(f"SAVEPOINT {_BEFORE}")
            for chunk in split_into_chunks(self.snapshot, production, table, lambda: size):
                count += self._copy_chunk(projection, chunk)
                self.snapshot.run(f"ROLLBACK TO SAVEPOINT {_BEFORE}")  # the table can be altered again
        return count

    def _copy_chunk(self, projection: Projection, chunk: Chunk) -> int:
        schemas, name = self.schemas, projection.table.name
        if time.monotonic() > self.deadline:
            raise MaskedCopyError(f"The copy took longer than sync.timeLimit. {UNTOUCHED} Raise it and run it again.")
        rows = self.snapshot.column(reading(schemas.production, projection, chunk))
        if None in rows:
            raise MaskedCopyError(
                f"Table {name} has a row that is longer than the server's max_allowed_packet as a statement. "
                f"{UNTOUCHED} Raise max_allowed_packet on production's server (database.settings)."
            )
        for statement in _inserts(f"INSERT INTO {sql.table(schemas.next, name)} ({projection.columns}) VALUES ", rows):
            self.write.run(statement)
        digest = production_digest(self.snapshot, schemas.production, projection, chunk)
        if copy_digest(self.write, schemas.next, projection, chunk) != digest:
            raise MaskedCopyError(
                f"The copy of table {name} is not what production has, masked. {UNTOUCHED} Report it with the table's "
                f"definition: SHOW CREATE TABLE {name}"
            )
        return digest.rows

    def _require_masked(self, inventory: Inventory) -> None:
        """Checks the finished copy as production was checked; a copy that fails is removed."""
        schema = self.schemas.next
        try:
            require_masked(self.write, inventory, schema, self.rules)
        except BaseException:
            drop_tables(self.write, schema, table_names(self.write, schema))
            raise

    def _put_in_place(self, inventory: Inventory) -> None:
        schemas = self.schemas
        finish_tables(self.write, schemas, inventory)
        rename_tables(self.write, table_moves(schemas.next, schemas.staging, inventory.relations))
        create_objects(self.write, self.owner, schemas.staging, inventory.objects_for(schemas.staging))


def reading(schema: str, projection: Projection, chunk: Chunk) -> str:
    """The statement that reads a chunk's rows as the copy is to have them, each as `(value, …)` of an INSERT."""
    table = projection.table
    index = f" FORCE INDEX ({sql.name(table.key_index)})" if table.key else ""
    values = ", ".join(f"{_value(projection, column)} AS {sql.name(column.name)}" for column in table.stored)
    parts = ", ',', ".join(value_literal(column, f"r.{sql.name(column.name)}") for column in table.stored)
    rows = f"SELECT {values} FROM {table.rows_in(schema)} t{index} WHERE {chunk.condition(table, 't')}"
    # MySQL would put a mask's expression into JSON_TABLE, which takes a column only; MariaDB passes over the hint.
    return f"SELECT /*+ NO_MERGE(r) */ CONCAT('(', {parts}, ')') FROM ({rows}) r"


def _value(projection: Projection, column: Column) -> str:
    """A column's value; a mask in the column's own character set, to which an INSERT on one server would convert it."""
    value = projection.production_value(column, "t")
    if column.name in projection.masked_names and column.data_type in TEXTUAL and column.charset:
        return f"CONVERT({value} USING {column.charset})"
    return value


def _inserts(begin: str, rows: Sequence[str]) -> Iterator[str]:
    """INSERT statements of about a megabyte each."""
    waiting, size = list[str](), 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size > _STATEMENT_BYTES:
            yield begin + ",".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield begin + ",".join(waiting)
