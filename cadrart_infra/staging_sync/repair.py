"""Repairs a chunk of the copy row by row, inside the server, until it equals production.

`INSERT … SELECT` always reads the newest rows. Only plain SELECTs see the snapshot of their transaction, and the
one kind whose rows can be written without leaving the server is a stored procedure's cursor. So every table that
needs it gets a procedure in the sync's own schema; called inside a snapshot it brings the snapshot's rows, called
outside of one the newest rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.chunks import Chunk, Key, key_literal, read_key
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.schemas import Schemas

_COUNT_WRITTEN = "SET written = written + ROW_COUNT();"


@dataclass
class RepairProcedures:
    """Creates the procedures when they are first needed; `definer` is a session that is in no transaction."""

    definer: Session
    schemas: Schemas
    _made: dict[tuple[str, bool, bool, bool], str] = field(default_factory=dict)

    def prepare(self, projection: Projection, chunk: Chunk) -> str:
        """The procedure's qualified name; creates it unless it is there."""
        shape = (projection.table.name, chunk.after is not None, chunk.upto is not None, chunk.inclusive)
        if shape not in self._made:
            routine = sql.table(self.schemas.work, f"repair_{len(self._made)}")
            self.definer.run(f"DROP PROCEDURE IF EXISTS {routine}")
            # A procedure runs in the mode it was made in.
            self.definer.run(f"SET SESSION sql_mode = '{self.definer.lax_sql_mode}'")
            self.definer.run(procedure(routine, self.schemas, projection, chunk))
            self.definer.run(f"SET SESSION sql_mode = '{self.definer.sql_mode}'")
            self._made[shape] = routine
        return self._made[shape]


def repair_chunk(session: Session, routine: str, chunk: Chunk) -> int:
    """Run the procedure in the session's transaction; returns how many rows of the copy were written or deleted."""
    bounds: Key = (*(chunk.after or ()), *(chunk.upto or ()))
    session.run(f"CALL {routine}({', '.join([*bounds, '@cadrart_written'])})")
    return int(session.value("SELECT @cadrart_written"))


def differing_keys(session: Session, schemas: Schemas, projection: Projection, chunk: Chunk, most: int) -> list[Key]:
    """Keys of the rows that a repair of the chunk would write or delete, at most so many."""
    table = projection.table
    changed, surplus = (", ".join(read_key(table, alias)) for alias in ("p", "s"))
    found = session.rows(
        f"(SELECT {changed} FROM {_changed(schemas, projection, chunk)}) "
        f"UNION ALL (SELECT {surplus} FROM {_surplus(schemas, projection, chunk)}) LIMIT {most}"
    )
    return [tuple(key_literal(*pair) for pair in zip(table.key_columns, row, strict=True)) for row in found]


def differing_columns(session: Session, schemas: Schemas, projection: Projection, chunk: Chunk) -> list[Column]:
    """The columns in which rows of the chunk differ; none where rows have no identity."""
    table = projection.table
    if not table.key:
        return []
    both = (
        f"{sql.table(schemas.production, table.name)} p JOIN {sql.table(schemas.next, table.name)} s "
        f"ON {_same_key(table.key)} WHERE {chunk.condition(table, 'p')}"
    )
    return [
        column
        for column in projection.compared
        if session.row(f"SELECT 1 FROM {both} AND {projection.differs(column, 'p', 's')} LIMIT 1")
    ]


def procedure(routine: str, schemas: Schemas, projection: Projection, like: Chunk) -> str:
    """The CREATE PROCEDURE statement for all chunks with the same kinds of limits."""
    table = projection.table
    chunk = Chunk(
        _parameters("after", table.key_columns, wanted=like.after is not None),
        _parameters("upto", table.key_columns, wanted=like.upto is not None),
        like.inclusive,
    )
    loops = [_write_changed(schemas, projection, chunk)]
    refill = ""
    if table.key:
        loops.insert(0, _delete_surplus(schemas, projection, chunk))
    else:
        deleting = _deleting(sql.table(schemas.next, table.name), table)
        refill = " ".join(f"{each}; {_COUNT_WRITTEN}" for each in deleting)
    return f"""CREATE PROCEDURE {routine}({", ".join([*_declared_parameters(chunk, table), "OUT written BIGINT"])})
MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DECLARE finished BOOLEAN DEFAULT FALSE;
  {" ".join(loop.variables_declared for loop in loops)}
  {" ".join(loop.cursor_declared for loop in loops)}
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET finished = TRUE;
  SET written = 0;
  {refill}
  {" ".join(loop.carried_out for loop in loops)}
END"""


@dataclass(frozen=True)
class _Loop:
    """A part of a procedure: a cursor over rows, and the statement for each of them.

    `variables`: what the statement calls the columns of the row, by name.
    """

    cursor: str
    select: str
    variables: Mapping[str, Column]
    statement: str

    @property
    def variables_declared(self) -> str:
        return " ".join(f"DECLARE {variable} {_type(column)};" for variable, column in self.variables.items())

    @property
    def cursor_declared(self) -> str:
        """A procedure has them all after its variables."""
        return f"DECLARE {self.cursor} CURSOR FOR {self.select};"

    @property
    def carried_out(self) -> str:
        return f"""SET finished = FALSE;
  OPEN {self.cursor};
  {self.cursor}_rows: LOOP
    FETCH {self.cursor} INTO {", ".join(self.variables)};
    IF finished THEN LEAVE {self.cursor}_rows; END IF;
    {self.statement};
    SET written = written + 1;
  END LOOP;
  CLOSE {self.cursor};"""


def _delete_surplus(schemas: Schemas, projection: Projection, chunk: Chunk) -> _Loop:
    table = projection.table
    copy = sql.table(schemas.next, table.name)
    keys = ", ".join(f"s.{sql.name(name)}" for name in table.key)
    variables = {f"cadrart_k{number}": column for number, column in enumerate(table.key_columns)}
    key_equals = " AND ".join(
        # Without its table a column would be taken for the variable of that name.
        f"{copy}.{sql.name(name)} = {variable}"
        for name, variable in zip(table.key, variables, strict=True)
    )
    select = f"SELECT {keys} FROM {_surplus(schemas, projection, chunk)}"
    return _Loop("surplus", select, variables, f"DELETE FROM {copy} WHERE {key_equals}")


def _write_changed(schemas: Schemas, projection: Projection, chunk: Chunk) -> _Loop:
    table = projection.table
    variables = {f"cadrart_v{number}": column for number, column in enumerate(table.stored)}
    into = f"{sql.table(schemas.next, table.name)} ({projection.columns})"
    write = f"{'REPLACE' if table.key else 'INSERT'} INTO {into} VALUES ({', '.join(variables)})"
    return _Loop("changed", _changed_rows(schemas, projection, chunk), variables, write)


def emptying_statements(schema: str, table: Table) -> list[str]:
    """The statements after which the table has no row; the server empties none with history at once."""
    copy = sql.table(schema, table.name)
    return _deleting(copy, table) if table.versioned else [f"TRUNCATE TABLE {copy}"]


def _deleting(copy: str, table: Table) -> list[str]:
    """The first makes former rows of what is current."""
    return [f"DELETE FROM {copy}", *([f"DELETE HISTORY FROM {copy}"] if table.versioned else [])]


def _surplus(schemas: Schemas, projection: Projection, chunk: Chunk) -> str:
    """The FROM clause, and what follows it, of the rows `s` that are in the copy and not in production."""
    table = projection.table
    return (
        f"{sql.table(schemas.next, table.name)} s "
        f"LEFT JOIN {sql.table(schemas.production, table.name)} p ON {_same_key(table.key)} "
        f"WHERE {chunk.condition(table, 's')} AND p.{sql.name(table.key[0])} IS NULL"
    )


def _changed_rows(schemas: Schemas, projection: Projection, chunk: Chunk) -> str:
    """Selects production's rows that the copy lacks or has otherwise; all of them for a table without a key."""
    if not projection.table.key:
        source = projection.table.rows_in(schemas.production)
        return f"SELECT {projection.production_values('p')} FROM {source} p"
    return f"SELECT {projection.production_values('p')} FROM {_changed(schemas, projection, chunk)}"


def _changed(schemas: Schemas, projection: Projection, chunk: Chunk) -> str:
    """The FROM clause, and what follows it, of those rows as `p`."""
    table = projection.table
    different = (
        f"NOT (CAST({projection.production_text('p')} AS BINARY) <=> CAST({projection.copy_text('s')} AS BINARY))"
    )
    return (
        f"{sql.table(schemas.production, table.name)} p "
        f"LEFT JOIN {sql.table(schemas.next, table.name)} s ON {_same_key(table.key)} "
        f"WHERE {chunk.condition(table, 'p')} AND (s.{sql.name(table.key[0])} IS NULL OR {different})"
    )


def _same_key(key: tuple[str, ...]) -> str:
    return " AND ".join(f"p.{sql.name(name)} = s.{sql.name(name)}" for name in key)


def _parameters(prefix: str, columns: tuple[Column, ...], *, wanted: bool) -> Key | None:
    return tuple(f"cadrart_{prefix}{number}" for number in range(len(columns))) if wanted else None


def _declared_parameters(chunk: Chunk, table: Table) -> list[str]:
    return [
        f"IN {bound} {_type(column)}"
        for bounds in (chunk.after, chunk.upto)
        if bounds is not None
        for bound, column in zip(bounds, table.key_columns, strict=True)
    ]


def _type(column: Column) -> str:
    """The type of a variable that holds any value of the column unchanged."""
    if column.charset is None:
        return column.type
    if column.has_members:
        return "bigint unsigned"
    return f"{column.type} CHARACTER SET {column.charset} COLLATE {column.collation}"
