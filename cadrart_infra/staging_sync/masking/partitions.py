"""Finds masks that no partition of their table takes: what its partitions take is a condition, as a CHECK is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.masking.conditions import Condition, broken_conditions
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules

_NULL = re.compile(r"(?:^|[(,])NULL(?:[),]|$)")


def masks_without_partition(session: Session, inventory: Inventory, rules: MaskingRules) -> Iterator[Problem]:
    """Every table with LIST or RANGE partitions of which none takes some row once it is masked."""
    return broken_conditions(session, inventory, rules, _conditions(session, inventory))


def _conditions(session: Session, inventory: Inventory) -> Iterator[Condition]:
    rows = session.rows(
        "SELECT DISTINCT table_name, partition_method, partition_expression, partition_ordinal_position, "
        f"partition_description FROM information_schema.partitions WHERE table_schema = {sql.text(inventory.schema)} "
        "AND partition_description IS NOT NULL ORDER BY table_name, partition_ordinal_position"
    )
    for (table, method, expression), parts in groupby(rows, key=lambda row: row[:3]):
        descriptions = [row[4] for row in parts]
        clause = _clause(method, expression, descriptions)
        if clause and table in inventory.tables:
            yield Condition(table, clause, f"partitions by {method} ({expression})")


def _clause(method: str, expression: str, descriptions: list[str]) -> str:
    """What is true of each value that some partition takes; empty where the last one takes all others."""
    if "MAXVALUE" in descriptions[-1]:
        return ""
    if method.startswith("RANGE"):
        return f"({expression}) < ({descriptions[-1]})"
    values = ",".join(descriptions)
    takes_null = str(_NULL.search(values) is not None)
    if not values.startswith("("):  # of one column: a list with NULL says of no other value that it is not in it
        takes_null = f"({expression}) IS NULL AND {takes_null}"
    return f"COALESCE(({expression}) IN ({values}), {takes_null})"
