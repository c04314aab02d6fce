"""Checks before a copy that masks stay different where a unique key of production demands it."""

from __future__ import annotations

from collections.abc import Iterator

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import IndexPart, Table
from cadrart_infra.staging_sync.errors import UNTOUCHED, RepeatedMasks
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.projection import Projection


def require_unique_masks(session: Session, inventory: Inventory, rules: MaskingRules) -> None:
    """Raises RepeatedMasks with every unique key in which two rows would have the same mask.

    The session needs the key of the masks. It reads each table with such a key once, without locks.
    """
    reasons = [problem.reason for problem in repeated_masks(session, inventory, rules)]
    if reasons:
        raise RepeatedMasks(
            "Unique keys of production would hold the same mask twice:\n  " + "\n  ".join(reasons) + f"\n{UNTOUCHED} "
            "Give these columns another rule: masks of the kind token never repeat in a column that is long enough, "
            "those of mail only for values that differ in no more than case and outer spaces. Or list them under "
            "sync.masking.keep where they are no personal data."
        )


def repeated_masks(session: Session, inventory: Inventory, rules: MaskingRules) -> Iterator[Problem]:
    """Every unique key in which two rows would have the same mask."""
    for table in inventory.tables.values():
        projection = Projection(table, rules)
        for parts in _masked_keys(projection):
            values, masks = _count(session, inventory.schema, projection, parts)
            if masks < values:
                columns = tuple(
                    f"{table.name}.{part.column}" for part in parts if part.column in projection.masked_names
                )
                yield Problem(
                    columns, f"{_names(table, parts)}: {values} different values have {masks} different masks"
                )


def _masked_keys(projection: Projection) -> Iterator[tuple[IndexPart, ...]]:
    """Unique keys with a masked column, and stored ones only: generated ones are compared when the copy is verified."""
    stored = {column.name for column in projection.table.stored}
    masked = projection.masked_names
    for parts in projection.table.unique:
        names = {part.column for part in parts}
        if names & masked and names <= stored:
            yield parts


def _names(table: Table, parts: tuple[IndexPart, ...]) -> str:
    return ", ".join(f"{table.name}.{part.column}" for part in parts)


def _count(session: Session, schema: str, projection: Projection, parts: tuple[IndexPart, ...]) -> tuple[int, int]:
    """How many rows have a value in the key, and how many different masks they have; NULL may repeat in the key."""
    by_name = {column.name: column for column in projection.table.stored}
    values = [_cut(projection.production_value(by_name[part.column], "t"), part) for part in parts]
    has_value = " AND ".join(f"t.{sql.name(part.column)} IS NOT NULL" for part in parts)
    has_mask = " AND ".join(f"{value} IS NOT NULL" for value in values)
    row = session.row(
        f"SELECT COUNT(CASE WHEN {has_mask} THEN 1 END), COUNT(DISTINCT {', '.join(values)}) "
        f"FROM {projection.table.rows_in(schema)} t WHERE {has_value}"
    )
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _cut(value: str, part: IndexPart) -> str:
    return value if part.length is None else f"LEFT({value}, {part.length})"
