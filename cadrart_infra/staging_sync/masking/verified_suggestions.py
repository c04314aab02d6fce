"""Tests suggested masking rules on the real rows: one that a sync would refuse gets another kind, or a note.

A mask may repeat in a short unique key, break a CHECK, fit into no partition or into only one side of a foreign key.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.masking.column_masks import fitting_kinds
from cadrart_infra.staging_sync.masking.column_places import ColumnPlace, TiedColumns, foreign_keys, stored_columns
from cadrart_infra.staging_sync.masking.database import let_mask, problems
from cadrart_infra.staging_sync.masking.kinds import DATE, NUMBER, REMOVE
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules, Rule
from cadrart_infra.staging_sync.masking.suggestions import KEEP, Suggestion, suggestions

_OTHERS = ("token", "mail", "text", "phone", "vat", "iban", "last_name", "company", "address", NUMBER, DATE, REMOVE)
"""Kinds to try in place of one that would be refused, the best first; without the password of an account."""


def verified_suggestions(session: Session, inventory: Inventory, rules: MaskingRules) -> list[Suggestion]:
    """One for each column, and each path of a document, that has no rule. A sync takes it, or its note says why not.

    It only reads. The server reads all rows of each table whose unique keys, CHECKs, partitions or foreign keys
    are over masks.
    """
    found = suggestions(session, inventory, rules)
    keyed = replace(rules, key=secrets.token_hex(), password_hash=secrets.token_hex(30))
    let_mask(session, keyed)
    trial = _Trial(session, inventory, keyed, found, TiedColumns(inventory, foreign_keys(session, inventory.schema)))
    return trial.run()


@dataclass
class _Trial:
    session: Session
    inventory: Inventory
    rules: MaskingRules
    first: Sequence[Suggestion]
    tied: TiedColumns
    tried: dict[str, str] = field(default_factory=dict)
    """By column, the kind that is suggested now instead of the first one."""
    waiting: dict[str, list[str]] = field(default_factory=dict)
    """By column, the kinds that have not been tried yet."""

    def run(self) -> list[Suggestion]:
        found = self._problems(self.inventory)
        while found and self._try_others(found):
            found = self._problems(self._of_tables(found))
        for column in {column for problem in found for column in problem.columns}:
            self.tried.pop(column, None)  # no kind passes, so that the note is about the first one
        refused = self._problems(self.inventory) if self.waiting else found
        return [self._noted(item, refused) for item in self.first]

    def _problems(self, inventory: Inventory) -> list[Problem]:
        return problems(self.session, inventory, self._with_suggested())

    def _with_suggested(self) -> MaskingRules:
        columns: dict[str, Rule] = dict(self.rules.columns)
        keep = set(self.rules.keep)
        for item in self.first:
            before = columns.get(item.column, {})
            if item.rule == KEEP:
                keep.add(item.column + item.path)
            elif item.path and not isinstance(before, str):
                columns[item.column] = {**before, item.path: item.rule}
            else:
                columns[item.column] = self.tried.get(item.column, item.rule)
        return replace(self.rules, columns=columns, keep=frozenset(keep))

    def _try_others(self, found: Iterable[Problem]) -> bool:
        """Gives columns of these problems another kind, the same to columns that a foreign key ties.

        Returns whether there was one left to try.
        """
        places = {place.full: place for place in stored_columns(self.inventory)}
        concerned = {column for problem in found for column in problem.columns if column in self._masked}
        changed: set[str] = set()
        for column in sorted(concerned):
            group = self.tied.to(places[column])
            names = [place.full for place in group]
            if not changed.isdisjoint(names) or not self._masked.issuperset(names):
                continue
            left = self.waiting.setdefault(column, list(self._others(group)))
            if left:
                self.tried.update(dict.fromkeys(names, left.pop(0)))
                self.waiting.update(dict.fromkeys(names, left))
                changed.update(names)
        return bool(changed)

    @cached_property
    def _masked(self) -> set[str]:
        return {item.column for item in self.first if item.rule != KEEP and not item.path}

    def _others(self, group: Sequence[ColumnPlace]) -> Iterator[str]:
        fitting = set.intersection(*(fitting_kinds(place.table, place.column) for place in group))
        first = {item.rule for item in self.first if item.column == group[0].full}
        return (kind for kind in _OTHERS if kind in fitting - first)

    def _of_tables(self, found: Iterable[Problem]) -> Inventory:
        columns = {column for problem in found for column in problem.columns}
        names = {place.table.name for place in stored_columns(self.inventory) if place.full in columns}
        return replace(self.inventory, tables={name: self.inventory.tables[name] for name in names})

    def _noted(self, item: Suggestion, refused: Iterable[Problem]) -> Suggestion:
        if item.column not in self._masked:
            return item
        reasons = [problem.reason for problem in refused if item.column in problem.columns]
        if reasons:
            why = " ".join("; ".join(reasons).split())
            note = f"{item.note}; choose: no mask passes here ({why}). Keep it where it is no personal data"
            return replace(item, note=note)
        return replace(item, rule=self.tried.get(item.column, item.rule))
