"""Suggests a rule for everything that has none yet, for a person to correct: by names, otherwise by types.

Where a name says nothing, texts and bytes are masked; numbers and dates are kept, because orders and work consist of
them. So a list that nobody read hides too much of what people wrote, rather than too little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.masking.allowed_paths import Allowed, Step, steps_of
from cadrart_infra.staging_sync.masking.column_masks import Family, family_of, fitting_kinds
from cadrart_infra.staging_sync.masking.column_places import ColumnPlace, TiedColumns, foreign_keys, stored_columns
from cadrart_infra.staging_sync.masking.coverage import unlisted_columns
from cadrart_infra.staging_sync.masking.document_contents import (
    NAMED_BY_VALUES,
    NESTED_DEEPLY,
    Documents,
    FoundInDocuments,
)
from cadrart_infra.staging_sync.masking.kinds import DATE, NUMBER, REMOVE
from cadrart_infra.staging_sync.masking.personal_names import likely_kind, names_a_person_s_row
from cadrart_infra.staging_sync.masking.rules import MaskingRules

KEEP = "keep"


@dataclass(frozen=True)
class Suggestion:
    """The suggested rule for a column, or for a `path` in its documents."""

    column: str
    rule: str
    """A kind, or KEEP."""
    note: str
    """Its type, and why, for people."""
    path: str = ""


def suggestions(session: Session, inventory: Inventory, rules: MaskingRules) -> list[Suggestion]:
    """One for each column, and each path of a document, that has no rule and is not kept."""
    references = foreign_keys(session, inventory.schema)
    unlisted = {place.full: place for place in unlisted_columns(inventory, rules, references)}
    tied = TiedColumns(inventory, references)
    found: list[Suggestion] = []
    for place in stored_columns(inventory):
        allowed = rules.allowed(place.full)
        if place.full in unlisted and family_of(place.table, place.column) is Family.JSON:
            found += _of_json(_documents(session, inventory, place), place)
        elif place.full in unlisted:
            found.append(_of_column(place, tied, rules))
        elif allowed is not None:
            found += _of_documents(_documents(session, inventory, place), place, allowed)
    return found


def _documents(session: Session, inventory: Inventory, place: ColumnPlace) -> Documents:
    return Documents(session, inventory.schema, place.table, place.column)


def _of_json(documents: Documents, place: ColumnPlace) -> list[Suggestion]:
    if documents.hold_other_texts():
        return [Suggestion(place.full, REMOVE, "JSON, but some values are none, so that paths do not cover them")]
    without = Suggestion(place.full, REMOVE, "JSON, without a document so far")
    return _of_documents(documents, place, Allowed()) or [without]


def _of_documents(documents: Documents, place: ColumnPlace, allowed: Allowed) -> list[Suggestion]:
    return [
        Suggestion(place.full, _of_value(found), found.type.lower(), found.path)
        for found in documents.single_values()
        if not _is_covered(allowed, steps_of(found.path))
    ]


def _is_covered(allowed: Allowed, steps: list[Step]) -> bool:
    place: Allowed | None = allowed
    for step in steps:
        if place is None or place.is_closed:
            break
        place = place.at(step)
    return place is not None and bool(place.is_closed or place.kept or place.kind)


def _of_value(found: FoundInDocuments) -> str:
    if found.type in (NAMED_BY_VALUES, NESTED_DEEPLY):
        return REMOVE
    kind = next((kind for step in reversed(steps_of(found.path)) if step and (kind := likely_kind(step))), "")
    if found.type in ("STRING", "NULL"):  # what is null so far may be anything later
        return kind or "text"
    if found.type in ("BOOLEAN", "OBJECT") or not kind:
        return KEEP
    return NUMBER


def _of_column(place: ColumnPlace, tied: TiedColumns, rules: MaskingRules) -> Suggestion:
    column = place.column
    likely = likely_kind(column.name)
    note = f"{column.type}, looks personal" if likely else column.type
    if column.name in place.table.identity:
        return Suggestion(place.full, KEEP, f"{note}; a key, which cannot be masked")
    others = tied.beside(place)
    if others:
        names = ", ".join(other.full for other in others)
        return Suggestion(place.full, _of_all(tied.to(place), rules), f"{note}; the same as {names}, by a foreign key")
    if family_of(place.table, column) is Family.NUMBER and names_a_person_s_row(column.name):
        return Suggestion(place.full, KEEP, f"{note}; a number of a row, by its name")
    return Suggestion(place.full, _best(place), note)


def _of_all(places: Sequence[ColumnPlace], rules: MaskingRules) -> str:
    """The rule for columns that foreign keys tie together; the others refer to the first of them."""
    listed = (rules.columns.get(place.full, KEEP) for place in places if place.full in {*rules.listed, *rules.keep})
    if (rule := next(listed, None)) is not None:
        return rule if isinstance(rule, str) else KEEP
    if any(place.column.name in place.table.identity for place in places):
        return KEEP
    return _best(places[0])


def _best(place: ColumnPlace) -> str:
    fitting = {*fitting_kinds(place.table, place.column), KEEP}
    return next(kind for kind in _choices(place, likely_kind(place.column.name)) if kind in fitting)


def _choices(place: ColumnPlace, likely: str) -> Iterator[str]:
    """Kinds to choose from, the best first; the first that fits is taken."""
    group = family_of(place.table, place.column)
    if group is Family.TEXT and _is_unique(place) and likely not in ("mail", "password"):
        yield "token"
    if likely:
        yield from (likely, {Family.NUMBER: NUMBER, Family.DATE: DATE}.get(group, REMOVE))
    if group is Family.BLOB:
        yield REMOVE if place.column.nullable else "text"
    if group is Family.TEXT:
        yield "text"
    if group is Family.OTHER:
        yield from ("token", REMOVE)
    yield KEEP


def _is_unique(place: ColumnPlace) -> bool:
    """Whether a unique key may need its masks to differ: alone, or where its other columns have the same values."""
    return any(place.column.name in [part.column for part in parts] for parts in place.table.unique)
