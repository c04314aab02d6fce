"""Checks that the rules cover a database: a column that nobody has listed stops the sync before it begins.

A column's type decides whether it has to be listed. Names only suggest rules, because they can be in any language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnmaskedColumns
from cadrart_infra.staging_sync.masking.allowed_paths import Allowed, PathError
from cadrart_infra.staging_sync.masking.column_masks import Family, family_of, fitting_kinds
from cadrart_infra.staging_sync.masking.column_places import (
    ColumnPlace,
    References,
    foreign_keys,
    stored_columns,
    written_columns,
)
from cadrart_infra.staging_sync.masking.document_contents import Documents
from cadrart_infra.staging_sync.masking.kinds import KINDS
from cadrart_infra.staging_sync.masking.rules import MaskingRules

_MOST_REASONS = 20


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
            "Print what is missing, ready to paste (cadrart masking): a rule in sync.masking.columns, or a line in "
            "sync.masking.keep for what is no personal data."
        )


def _without_rule(place: ColumnPlace) -> str:
    if place.looks_personal:
        return f"{place.full} ({place.column.type}) looks personal and has no rule"
    return f"{place.full} ({place.column.type}) has no rule"


def unlisted_columns(inventory: Inventory, rules: MaskingRules, references: References) -> list[ColumnPlace]:
    """The columns that need a rule or a `keep` and have neither."""
    return [
        place for place in stored_columns(inventory)
        if place.full not in rules.listed and place.full not in rules.keep and not place.is_spared(references)
    ]  # fmt: skip


def _misfits(inventory: Inventory, rules: MaskingRules) -> list[str]:
    places = {place.full: place for place in written_columns(inventory)}
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
            found.append(f"the rule for {full} masks when a row was written, which its history depends on")
        elif place.column.name in place.table.identity:
            found.append(f"the rule for {full} masks a key column, which identifies rows")
        elif not kinds - KINDS:
            found += _misfit(place, rules)
    return found


def _ambiguous(inventory: Inventory, rules: MaskingRules) -> Iterator[str]:
    """Names in the rules that two columns have, or a column and a path of documents: the rule would reach both.

    Tables and columns may have dots in their own names.
    """
    columns = Counter(place.full for place in stored_columns(inventory))
    for name in sorted({*rules.columns, *rules.keep}):
        path = rules.kept_path(name) if name in rules.keep else None
        is_path = path is not None and columns[path[0]] > 0
        if columns[name] + is_path > 1:
            other = f"a path of {path[0]}" if path and is_path else "another one"
            yield f"{name} is the name of a column and of {other}, and it is not clear which one is meant: rename one"


def _misfit(place: ColumnPlace, rules: MaskingRules) -> list[str]:
    """Why the column cannot hold what its rule makes; empty where it can."""
    table, column, full = place.table, place.column, place.full
    group, rule = family_of(table, column), rules.columns.get(full, {})
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
    """Foreign keys that would refer to nothing, because their columns have different rules."""
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
    """What documents hold outside of the paths that have rules; it reads keys and types, never values."""
    found: list[str] = []
    for place in stored_columns(inventory):
        allowed = rules.allowed(place.full)
        if allowed is not None:
            found += _unlisted_in(place, allowed, Documents(session, inventory.schema, place.table, place.column))
    return found


def _unlisted_in(place: ColumnPlace, allowed: Allowed, documents: Documents) -> list[str]:
    reasons = [found.at(place.full) for found in documents.unlisted(allowed)]
    if len(reasons) <= _MOST_REASONS:
        return reasons
    return [*reasons[:_MOST_REASONS], f"{place.full} holds {len(reasons) - _MOST_REASONS} more that no rule names"]
