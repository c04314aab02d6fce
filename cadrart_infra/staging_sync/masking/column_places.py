"""The columns of a database that masking looks at: which may hold personal data, which foreign keys tie together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import INTEGERS
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.masking.column_masks import Family, family_of
from cadrart_infra.staging_sync.masking.personal_names import likely_kind, names_a_person_s_row

_KEY_TYPES = INTEGERS | {"uuid", "binary"}

References = dict[tuple[str, str], tuple[str, str]]
"""Table and column of each foreign key, with the table and column that it refers to."""


@dataclass(frozen=True)
class ColumnPlace:
    """A column with its table."""

    table: Table
    column: Column

    @property
    def full(self) -> str:
        """`table.column`, as rules name it."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def looks_personal(self) -> bool:
        """Whether its name suggests personal data."""
        return bool(likely_kind(self.column.name))

    def is_spared(self, references: References) -> bool:
        """Whether it needs no rule: a key that numbers rows, or an ENUM or SET, unless its name looks personal."""
        if family_of(self.table, self.column) is Family.MEMBERS:
            return not self.looks_personal
        name = self.column.name
        is_key = name in self.table.identity or (self.table.name, name) in references
        if not is_key or self.column.data_type not in _KEY_TYPES:
            return False
        return not self.looks_personal or names_a_person_s_row(name)


class TiedColumns:
    """Groups of columns that foreign keys tie together: they hold the same values, so all need the same rule."""

    def __init__(self, inventory: Inventory, references: References) -> None:
        self._references = references
        self._groups: dict[tuple[str, str], list[ColumnPlace]] = {}
        for place in stored_columns(inventory):
            self._groups.setdefault(self._root(_key(place)), []).append(place)
        for root, places in self._groups.items():
            places.sort(key=lambda place, root=root: _key(place) != root)  # type: ignore[misc]

    def to(self, place: ColumnPlace) -> list[ColumnPlace]:
        """The column and all that are tied to it; the first one refers to no other."""
        return self._groups[self._root(_key(place))]

    def beside(self, place: ColumnPlace) -> list[ColumnPlace]:
        """The other columns that are tied to it."""
        return [other for other in self.to(place) if other != place]

    def _root(self, key: tuple[str, str]) -> tuple[str, str]:
        seen = [key]
        while (parent := self._references.get(seen[-1])) and parent not in seen:
            seen.append(parent)
        return seen[-1] if parent is None else min(seen[seen.index(parent) :])


def _key(place: ColumnPlace) -> tuple[str, str]:
    return place.table.name, place.column.name


def written_columns(inventory: Inventory) -> Iterator[ColumnPlace]:
    """Every column that a copy writes: generated columns and views show nothing else."""
    for table in inventory.tables.values():
        yield from (ColumnPlace(table, column) for column in table.stored)


def stored_columns(inventory: Inventory) -> Iterator[ColumnPlace]:
    """The written columns that may hold personal data: all but the times of a table with history."""
    return (place for place in written_columns(inventory) if not place.column.is_period)


def foreign_keys(session: Session, schema: str) -> References:
    """The foreign keys of the schema's tables. Of a copy, one to a table that production lacks leads to staging."""
    rows = session.rows(
        "SELECT table_name, column_name, referenced_table_name, referenced_column_name "
        f"FROM information_schema.key_column_usage WHERE table_schema = {sql.text(schema)} "
        "AND referenced_table_name IS NOT NULL"
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}
