"""Whether the rules cover a database: a column that nobody has listed stops the sync before it has begun.

What is listed is decided by a column's type. A name tells what is personal only in the language of whoever gave it, so
names suggest rules and never spare a column one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import INTEGERS
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnmaskedColumns
from cadrart_infra.staging_sync.masking.allowed_paths import Allowed, PathError
from cadrart_infra.staging_sync.masking.column_masks import Family, family, fitting_kinds
from cadrart_infra.staging_sync.masking.document_contents import Documents
from cadrart_infra.staging_sync.masking.kinds import KINDS
from cadrart_infra.staging_sync.masking.personal_names import likely_kind, names_a_person_s_row
from cadrart_infra.staging_sync.masking.rules import MaskingRules

LIST_COMMAND = "cadrart masking"
_MOST_REASONS = 20
_KEY_TYPES = INTEGERS | {"uuid", "binary"}

References = dict[tuple[str, str], tuple[str, str]]
"""Table and column of each foreign key, with the table and column that it refers to."""


def require_rules(
    session: Session, inventory: Inventory, rules: MaskingRules, what: str = "production's database"
) -> None:
    """Raises UnmaskedColumns with every column that has no rule, and every rule that fits nothing."""
    references = foreign_keys(session, inventory.schema)
    misfits = [*_misfits(inventory, rules), *_parted(rules, references)]
    reasons = [
        *(_without_rule(place) for place in unlisted_columns(inventory, rules, references)),
        *(misfits or unlisted_contents(session, inventory, rules)),
    ]
    if reasons:
        raise UnmaskedColumns(
            f"Masking is on and does not cover {what}:\n  " + "\n  ".join(reasons) + f"\n{UNTOUCHED} "
            f"Print what is missing, ready to paste ({LIST_COMMAND}): a rule in sync.masking.columns, or a line in "
            "sync.masking.keep for what is no personal data."
        )


@dataclass(frozen=True)
class ColumnPlace:
    """A column with its table."""

    table: Table
    column: Column

    @property
    def full(self) -> str:
        """As rules name it."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def looks_personal(self) -> bool:
        """By its name."""
        return bool(likely_kind(self.column.name))

    def is_spared(self, references: References) -> bool:
        """Keys that number rows, and values from a list in the table's definition, unless their name is a person's."""
        if family(self.table, self.column) is Family.MEMBERS:
            return not self.looks_personal
        name = self.column.name
        is_key = name in self.table.identity or (self.table.name, name) in references
        if not is_key or self.column.data_type not in _KEY_TYPES:
            return False
        return not self.looks_personal or names_a_person_s_row(name)


class TiedColumns:
    """Columns that foreign keys tie together: what is in one has to be in another, so that all need the same rule."""

    def __init__(self, inventory: Inventory, references: References) -> None:
        self._references = references
        self._groups: dict[tuple[str, str], list[ColumnPlace]] = {}
        for place in stored_columns(inventory):
            self._groups.setdefault(self._root(_key(place)), []).append(place)
        for root, places in self._groups.items():
            places.sort(key=lambda place, root=root: _key(place) != root)  # type: ignore[misc]

    def to(self, place: ColumnPlace) -> list[ColumnPlace]:
        """The column and those that are tied to it, the one that refers to no other first."""
        return self._groups[self._root(_key(place))]

    def beside(self, place: ColumnPlace) -> list[ColumnPlace]:
        """Those that are tied to it."""
        return [other for other in self.to(place) if other != place]

    def _root(self, key: tuple[str, str]) -> tuple[str, str]:
        seen = [key]
        while (parent := self._references.get(seen[-1])) and parent not in seen:
            seen.append(parent)
        return seen[-1] if parent is None else min(seen[seen.index(parent) :])


def _key(place: ColumnPlace) -> tuple[str, str]:
    return place.table.name, place.column.name


def _without_rule(place: ColumnPlace) -> str:
    if place.looks_personal:
        return f"{place.full} ({place.column.type}) looks personal and has no rule"
    return f"{place.full} ({place.column.type}) has no rule"


def _written_columns(inventory: Inventory) -> Iterator[ColumnPlace]:
    """Every column that a copy writes; what is generated comes from these, views show nothing else."""
    for table in inventory.tables.values():
        yield from (ColumnPlace(table, column) for column in table.stored)


def stored_columns(inventory: Inventory) -> Iterator[ColumnPlace]:
    """Those that may hold something of a person: when a row of a table with history was written is none of these."""
    return (place for place in _written_columns(inventory) if not place.column.is_period)


def unlisted_columns(inventory: Inventory, rules: MaskingRules, references: References) -> list[ColumnPlace]:
    """The columns that need a rule or a `keep` and have neither."""
    return [
        place for place in stored_columns(inventory)
        if place.full not in rules.listed and place.full not in rules.keep and not place.is_spared(references)
    ]  # fmt: skip


def foreign_keys(session: Session, schema: str) -> References:
    """Those within the schema."""
    rows = session.rows(
        "SELECT table_name, column_name, referenced_table_name, referenced_column_name "
        f"FROM information_schema.key_column_usage WHERE table_schema = {sql.text(schema)} "
        f"AND referenced_table_schema = {sql.text(schema)}"
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _misfits(inventory: Inventory, rules: MaskingRules) -> list[str]:
    places = {place.full: place for place in _written_columns(inventory)}
    paths = (rules.kept_path(name) for name in rules.keep if name not in places)
    found = [*_ambiguous(inventory, rules)]
    for full in sorted({*rules.columns, *(path[0] for path in paths if path)}):
        rule = rules.columns.get(full, {})
        if full not in places and not any(full.startswith(f"{name}.") for name in inventory.tables):
            continue
        kinds = {rule} if isinstance(rule, str) else set(rule.values())
        found += [f"the rule for {full} names an unknown kind {kind!r}" for kind in sorted(kinds - KINDS)]
        if full not in places:
            found.append(f"the rule for {full} names a column that production lacks")
            continue
        place = places[full]
        if place.column.is_period:
            found.append(f"the rule for {full} masks when a row was written, by which its history is told")
        elif place.column.name in place.table.identity:
            found.append(f"the rule for {full} masks a key column, by which rows are told apart")
        elif not kinds - KINDS:
            found += _misfit(place, rules)
    return found


def _ambiguous(inventory: Inventory, rules: MaskingRules) -> Iterator[str]:
    """What is listed under a name that two columns have, for tables and columns may have dots in their own names, or a
    column and a path of documents: it would spare one of which nobody thought."""
    columns = Counter(place.full for place in stored_columns(inventory))
    for name in sorted({*rules.columns, *rules.keep}):
        path = rules.kept_path(name) if name in rules.keep else None
        is_path = path is not None and columns[path[0]] > 0
        if columns[name] + is_path > 1:
            other = f"a path of {path[0]}" if path and is_path else "another one"
            yield f"{name} is the name of a column and of {other}, and nothing tells which one is meant: rename one"


def _misfit(place: ColumnPlace, rules: MaskingRules) -> list[str]:
    """Why a rule makes nothing that the column can hold."""
    table, column, full = place.table, place.column, place.full
    group, rule = family(table, column), rules.columns.get(full, {})
    if not isinstance(rule, str):
        if group not in (Family.JSON, Family.TEXT):
            return [f"the rule for {full} has paths, and the column ({column.type}) holds no JSON documents"]
        try:
            rules.allowed(full)
        except PathError as error:
            return [f"the rule for {full}: {error}"]
        return []
    fitting = fitting_kinds(table, column)
    if rule in fitting:
        return []
    choice = f"use {', '.join(sorted(fitting))}" if fitting else "list it under keep, or let it be NULL"
    if group is Family.JSON:
        choice = "name paths with a kind for each, or use remove"
    return [f"the rule for {full} is {rule}, and the column ({column.type}) holds {group.value}: {choice}"]


def _parted(rules: MaskingRules, references: References) -> list[str]:
    """Foreign keys that would point to nothing."""
    found = []
    for child, parent in references.items():
        ours, theirs = (rules.columns.get(".".join(place)) for place in (child, parent))
        if ours != theirs and not (theirs is None and ours == "remove"):
            found.append(
                f"{'.'.join(child)} refers to {'.'.join(parent)}, so both need the same rule: "
                f"they have {ours or 'none'} and {theirs or 'none'}"
            )
    return found


def unlisted_contents(session: Session, inventory: Inventory, rules: MaskingRules) -> list[str]:
    """What documents with rules for their paths hold beside these; keys and types are read, no values."""
    found: list[str] = []
    for place in stored_columns(inventory):
        allowed = rules.allowed(place.full)
        if allowed is not None:
            found += _beside(place, allowed, Documents(session, inventory.schema, place.table, place.column))
    return found


def _beside(place: ColumnPlace, allowed: Allowed, documents: Documents) -> list[str]:
    reasons = [found.at(place.full) for found in documents.unlisted(allowed)]
    if len(reasons) <= _MOST_REASONS:
        return reasons
    return [*reasons[:_MOST_REASONS], f"{place.full} holds {len(reasons) - _MOST_REASONS} more that no rule names"]
