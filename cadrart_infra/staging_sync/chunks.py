"""Cutting a table into ranges of its key, so that no statement takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column, Table

Key = tuple[str, ...]
"""One literal for each column of a table's key."""

_INTEGER = {"tinyint", "smallint", "mediumint", "int", "bigint"}
_NUMERIC = _INTEGER | {"decimal", "year"}
_SPARSEST = 4  # with more key values than so many for one row, chunks by arithmetic would be too many


@dataclass(frozen=True)
class Chunk:
    """The rows whose key is greater than `after` and not greater than `upto`; None means without limit.

    With `inclusive`, the row whose key is `after` belongs to it too.
    """

    after: Key | None = None
    upto: Key | None = None
    inclusive: bool = False

    def condition(self, table: Table, alias: str) -> str:
        """For a WHERE clause."""
        columns = [f"{alias}.{sql.name(name)}" for name in table.key]
        conditions = []
        if self.after is not None:
            conditions.append(beyond(columns, self.after, ">=" if self.inclusive else ">"))
        if self.upto is not None:
            conditions.append(beyond(columns, self.upto, "<="))
        return " AND ".join(conditions) or "TRUE"


def beyond(columns: Sequence[str], bounds: Sequence[str], comparison: str) -> str:
    """(a, b) > (x, y) or <=, spelled out: servers use an index for this form only."""
    strict = comparison[0]
    alternatives = []
    for last in range(len(columns)):
        equal = [f"{column} = {bound}" for column, bound in zip(columns[:last], bounds[:last], strict=True)]
        sign = comparison if last == len(columns) - 1 else strict
        alternatives.append(" AND ".join([*equal, f"{columns[last]} {sign} {bounds[last]}"]))
    return "(" + " OR ".join(f"({alternative})" for alternative in alternatives) + ")"


Rows = Callable[[], int]
"""How many rows the next chunk may have at most."""


def split(session: Session, schema: str, table: Table, rows: Rows) -> Iterator[Chunk]:
    """Chunks of at most so many rows as the session sees them; together they cover every possible key."""
    if not table.key:
        yield Chunk()
    elif (numbers := _dense_numbers(session, schema, table)) is not None:
        yield from by_arithmetic(*numbers, rows)
    else:
        yield from _by_looking(session, schema, table, rows)


def _dense_numbers(session: Session, schema: str, table: Table) -> tuple[int, int] | None:
    """The lowest and highest key, where the key is one integer and few of its values are missing."""
    if len(table.key) > 1 or table.key_columns[0].data_type not in _INTEGER:
        return None
    key, index = sql.name(table.key[0]), sql.name(table.key_index)
    source = f"{sql.table(schema, table.name)} FORCE INDEX ({index})"
    lowest, highest = session.row(f"SELECT MIN({key}), MAX({key}) FROM {source}") or (None, None)
    if lowest is None or highest - lowest > _SPARSEST * table.estimated_rows:
        return None
    return int(lowest), int(highest)


def by_arithmetic(lowest: int, highest: int, rows: Rows) -> Iterator[Chunk]:
    """No row is read to find where a chunk ends; one of so many values cannot hold more rows."""
    after: Key | None = None
    upto = lowest + rows() - 1
    while upto < highest:
        yield Chunk(after, (str(upto),))
        after = (str(upto),)
        upto += rows()
    yield Chunk(after, None)


def _by_looking(session: Session, schema: str, table: Table, rows: Rows) -> Iterator[Chunk]:
    after: Key | None = None
    while (upto := _nth_key(session, schema, table, after, rows())) is not None:
        yield Chunk(after, upto)
        after = upto
    yield Chunk(after, None)


def _nth_key(session: Session, schema: str, table: Table, after: Key | None, rows: int) -> Key | None:
    names = sql.names(table.key)
    row = session.row(
        f"SELECT {names} FROM {sql.table(schema, table.name)} t FORCE INDEX ({sql.name(table.key_index)}) "
        f"WHERE {Chunk(after).condition(table, 't')} ORDER BY {names} LIMIT 1 OFFSET {rows - 1}"
    )
    if row is None:
        return None
    return tuple(literal(column, value) for column, value in zip(table.key_columns, row, strict=True))


def literal(column: Column, value: Any) -> str:
    """The key value as SQL."""
    if isinstance(value, bytes):
        if column.data_type == "bit":
            return str(int.from_bytes(value, "big"))
        return f"0x{value.hex()}" if value else "''"
    if column.data_type in _NUMERIC:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)  # with an exponent it would be a double
    return sql.text(str(value))
