"""Conditions that the server has for each row of a table, and the masks that would not meet them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import TEXTUAL
from cadrart_infra.mysql.errors import Refused
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.projection import Projection


@dataclass(frozen=True)
class Condition:
    """What the server asks of each row of a table."""

    table: str
    clause: str
    """An expression over the table's columns; only FALSE breaks it."""
    shown: str
    """What it is, for people."""


def broken_conditions(
    session: Session, inventory: Inventory, rules: MaskingRules, conditions: Iterable[Condition]
) -> Iterator[Problem]:
    """Every condition that a row meets in production and would not meet masked."""
    for condition in conditions:
        table, clause = condition.table, condition.clause
        projection = Projection(inventory.tables[table], rules)
        masked = [name for name in sorted(projection.masked_names) if _is_about(clause, name)]
        computed = [name for name in sorted(projection.computed_from_masks) if _is_about(clause, name)]
        if (masked or computed) and _breaks(session, inventory.schema, projection, clause):
            reasons = [f"masked by the rules for {_listed(table, masked)}"] if masked else []
            reasons += [f"{_listed(table, computed)} computed from masks"] if computed else []
            columns = tuple(f"{table}.{name}" for name in (projection.masked_names if computed else masked))
            yield Problem(columns, f"table {table}, {condition.shown} ({', '.join(reasons)})")


def _listed(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in columns)


def _is_about(clause: str, column: str) -> bool:
    """Whether a condition names the column, in whichever letters.

    Not MariaDB's own CHECK of a JSON column: each mask of such a column is JSON.
    """
    return sql.name(column).casefold() in clause.casefold() and clause != f"json_valid({sql.name(column)})"


def _breaks(session: Session, schema: str, projection: Projection, clause: str) -> bool:
    """Whether a row breaks it only because it is masked. Where the server refuses the question, the copy finds out."""
    table = projection.table
    values = ", ".join(f"{_as_stored(projection, column)} AS {sql.name(column.name)}" for column in table.stored)
    rows = f"SELECT {values} FROM {table.rows_in(schema)} t WHERE NOT COALESCE(NOT ({clause}), FALSE)"
    for column in table.columns:
        if column not in table.stored:  # computed from what is there already
            rows = f"SELECT r.*, ({column.expression}) AS {sql.name(column.name)} FROM ({rows}) r"
    with suppress(Refused):
        return session.row(f"SELECT 1 FROM ({rows}) r WHERE NOT ({clause}) LIMIT 1") is not None
    return False


def _as_stored(projection: Projection, column: Column) -> str:
    """What the copy's column will hold, in the column's collation, so that the condition can compare it."""
    value = projection.production_value(column, "t")
    if column.data_type not in TEXTUAL or column.collation is None or column.name not in projection.masked_names:
        return value
    return f"CONVERT({value} USING {column.charset}) COLLATE {column.collation}"
