"""Cuts a table into ranges of its key, so that no statement takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import INTEGERS, TEXTUAL
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column, Table

Key = tuple[str, ...]
"""One literal for each column of a table's key."""

_NUMERIC = INTEGERS | {"decimal", "year"}
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
        """The chunk's rows as a condition for WHERE; `alias`: of the table."""
        columns = [f"{alias}.{sql.name(name)}" for name in table.key]
        conditions = []
        if self.after is not None:
            conditions.append(key_comparison(columns, self.after, ">=" if self.inclusive else ">"))
        if self.upto is not None:
            conditions.append(key_comparison(columns, self.upto, "<="))
        return " AND ".join(conditions) or "TRUE"


def key_comparison(columns: Sequence[str], bounds: Sequence[str], comparison: str) -> str:
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


def split_into_chunks(session: Session, schema: str, table: Table, rows: Rows) -> Iterator[Chunk]:
    """Chunks of at most so many rows as the session sees them; together they cover every possible key."""
    if not table.key:
        yield Chunk()
    elif (numbers := _dense_numbers(session, schema, table)) is not None:
        yield from by_arithmetic(*numbers, rows)
    else:
        yield from _by_looking(session, schema, table, rows)


def _dense_numbers(session: Session, schema: str, table: Table) -> tuple[int, int] | None:
    """The lowest and highest key, where the key is one integer and few of its values are missing."""
    if len(table.key) > 1 or table.key_columns[0].data_type not in INTEGERS:
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
    keys, order = ", ".join(read_key(table, "t")), ", ".join(f"t.{sql.name(name)}" for name in table.key)
    row = session.row(
        f"SELECT {keys} FROM {sql.table(schema, table.name)} t FORCE INDEX ({sql.name(table.key_index)}) "
        f"WHERE {Chunk(after).condition(table, 't')} ORDER BY {order} LIMIT 1 OFFSET {rows - 1}"
    )
    if row is None:
        return None
    return tuple(key_literal(column, value) for column, value in zip(table.key_columns, row, strict=True))


def read_key(table: Table, alias: str) -> list[str]:
    """The expressions of a key's values, as `key_literal` takes them."""
    return [_read(column, f"{alias}.{sql.name(column.name)}") for column in table.key_columns]


def _read(column: Column, value: str) -> str:
    return f"CAST({value} AS BINARY)" if _has_codes_of_its_own(column) else value


def _has_codes_of_its_own(column: Column) -> bool:
    """A text some of whose characters may have no Unicode character, or share one: only its bytes identify it."""
    return column.data_type in TEXTUAL and column.charset != "utf8mb4"


def key_literal(column: Column, value: Any) -> str:
    """The key value, as `read_key` has it, as SQL."""
    if isinstance(value, bytes):
        if column.data_type == "bit":
            return str(int.from_bytes(value, "big"))
        if _has_codes_of_its_own(column):
            return f"_{column.charset} x'{value.hex()}'"
        return f"0x{value.hex()}" if value else "''"
    if column.data_type in _NUMERIC:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)  # with an exponent it would be a double
    return sql.text(str(value))
