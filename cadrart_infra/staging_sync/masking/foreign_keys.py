"""Checks before a copy that foreign keys join masked rows as they join the real ones.

A foreign key compares texts by their collation, and its columns may have different lengths. A mask is made from the
exact letters, and cut to its own column. The copy would not notice a row that refers to nothing, because production
may hold such rows too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UNTOUCHED, PartedMasks
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.projection import Projection


def require_joined_masks(session: Session, inventory: Inventory, rules: MaskingRules) -> None:
    """Raises PartedMasks with every foreign key by which rows refer to nothing once they are masked.

    The session needs the key of the masks. It reads each table with such a key once, without locks.
    """
    reasons = [problem.reason for problem in parted_masks(session, inventory, rules)]
    if reasons:
        raise PartedMasks(
            "Foreign keys of production take values for the same whose masks differ:\n  " + "\n  ".join(reasons) + "\n"
            f"{UNTOUCHED} Their letters differ in case, accents or outer spaces, the mask fits into one of the "
            "columns only, or one of them is masked alone, for which there is only remove in a column that takes NULL. "
            "Let production's rows have the letters of those that they refer to (UPDATE … JOIN … SET), "
            "or give both columns another kind: those of every kind but token are the same for values that "
            "differ in no more than case and outer spaces. Or list both under sync.masking.keep where they are no "
            "personal data."
        )


def parted_masks(session: Session, inventory: Inventory, rules: MaskingRules) -> Iterator[Problem]:
    """Every foreign key by which rows refer to nothing once they are masked."""
    for key in _masked_keys(session, inventory, rules):
        if rows := _parted(session, inventory.schema, key):
            sides = (
                (key.child, [child for child, _ in key.columns]),
                (key.parent, [other for _, other in key.columns]),
            )
            columns = tuple(
                f"{side.table.name}.{name}" for side, names in sides for name in names if name in side.masked_names
            )
            yield Problem(columns, f"{key.described}: {rows} rows would refer to nothing")


@dataclass(frozen=True)
class _Key:
    """A foreign key with a mask on either side; `columns`: each with the one that it refers to."""

    child: Projection
    parent: Projection
    columns: tuple[tuple[str, str], ...]

    @property
    def described(self) -> str:
        """The key for people: its columns, and those that they refer to."""
        ours, theirs = (
            ", ".join(f"{side.table.name}.{name}" for name in names)
            for side, names in zip((self.child, self.parent), zip(*self.columns, strict=True), strict=True)
        )
        return f"{ours} refers to {theirs}"


def _masked_keys(session: Session, inventory: Inventory, rules: MaskingRules) -> Iterator[_Key]:
    """Foreign keys within the schema with a masked column.

    `coverage` knows one key of a column, which may have several, and lets `remove` stand alone on the side that refers.
    """
    own = sql.text(inventory.schema)
    found = defaultdict[tuple[str, str, str], list[tuple[str, str]]](list)
    for child, name, parent, column, referenced in session.rows(
        "SELECT table_name, constraint_name, referenced_table_name, column_name, referenced_column_name "
        f"FROM information_schema.key_column_usage WHERE table_schema = {own} AND referenced_table_schema = {own} "
        "ORDER BY 1, 2, ordinal_position"
    ):
        found[child, name, parent].append((column, referenced))
    for (child, _, parent), columns in found.items():
        if child in inventory.tables and parent in inventory.tables:
            ours, theirs = (Projection(inventory.tables[name], rules) for name in (child, parent))
            if ours.masked_names & {one for one, _ in columns} or theirs.masked_names & {other for _, other in columns}:
                yield _Key(ours, theirs, tuple(columns))


def _parted(session: Session, schema: str, key: _Key) -> int:
    """How many rows refer to another row, and once both are masked to none that is there."""
    ours, theirs = ({column.name: column for column in side.table.stored} for side in (key.child, key.parent))
    pairs = [(child, parent) for child, parent in key.columns if child in ours and parent in theirs]
    joined = " AND ".join(f"t.{sql.name(child)} = p.{sql.name(parent)}" for child, parent in key.columns)
    refer = [key.child.production_value(ours[child], "t") for child, _ in pairs]
    referred_to = [key.parent.production_value(theirs[parent], "p") for _, parent in pairs]
    still_refers = " AND ".join(f"{mask} IS NOT NULL" for mask in refer)
    masks = " AND ".join(
        f"CAST({one} AS BINARY) <=> CAST({other} AS BINARY)" for one, other in zip(refer, referred_to, strict=True)
    )
    parents = f"SELECT 1 FROM {sql.table(schema, key.parent.table.name)} p WHERE {joined}"
    return int(
        session.value(
            f"SELECT COUNT(*) FROM {sql.table(schema, key.child.table.name)} t "
            f"WHERE EXISTS ({parents}) AND {still_refers or 'TRUE'} AND NOT EXISTS ({parents} AND {masks or 'TRUE'})"
        )
    )
