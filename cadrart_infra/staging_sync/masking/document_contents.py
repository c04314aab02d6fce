"""Finds keys and value types in JSON documents that no rule covers; never reads a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.masking.allowed_paths import EACH, Allowed, path_of
from cadrart_infra.staging_sync.masking.documents import Place, as_text, is_native, spellings

_MOST_KEYS = 200
"""An object with more keys than this has no fixed shape: its keys are values themselves, e.g. the ids of rows."""
NAMED_BY_VALUES = "OBJECT NAMED BY VALUES"
"""The type of an object whose keys are values themselves: a rule for each would name a person in the settings."""
NESTED_DEEPLY = "ARRAYS WITHIN MANY OTHERS"
"""The type of an array within more of them than `_MOST_ARRAYS`."""
_MOST_ARRAYS = 20
"""Within each other, that are looked into: each is a table of its own in a statement, which can join 61 of them."""
_VALUE = re.compile(r"@|(?:\d\D*){9}", re.S)
_OTHER_TEXTS = (
    "values that are no JSON, of which paths say nothing (put them right in production, or have one rule for the whole "
    "column, e.g. remove),"
)
_HIDDEN_KEYS = (
    "keys that look like people's addresses or numbers, which are not shown here (the rule remove for what holds them "
    "takes them away),"
)


@dataclass(frozen=True)
class FoundInDocuments:
    """What no rule allows: `what` is a key of an object, or values of a type; `path` is where it stands."""

    path: str
    what: str
    type: str = ""
    """The type of a single value, as JSON_TYPE has it."""

    def at(self, full: str) -> str:
        """A sentence for people; `full` is the column as rules name it."""
        parent = f" at {self.path}" if self.path != "$" else ""
        return f"{full} holds {self.what}{parent} that no rule names"


@dataclass(frozen=True)
class Documents:
    """All documents of one column."""

    session: Session
    schema: str
    table: Table
    column: Column

    def unlisted(self, allowed: Allowed) -> Iterator[FoundInDocuments]:
        """What is not allowed, place by place. Nothing below a key that is not allowed is looked at."""
        if self.hold_other_texts():
            yield FoundInDocuments("$", _OTHER_TEXTS)
        yield from self._unlisted(allowed, self._root)

    def hold_other_texts(self) -> bool:
        """Whether a text is no JSON, and not empty either."""
        text = self._text
        return not is_native(self.column) and self._any(f"NOT JSON_VALID({text}) AND {text} <> ''", self._root)

    def _unlisted(self, allowed: Allowed, place: Place) -> Iterator[FoundInDocuments]:
        if allowed.is_closed:
            return
        for kind in self.types(place):
            if kind == "OBJECT":
                yield from self._unlisted_keys(allowed, place)
            elif kind == "ARRAY" and allowed.each:
                yield from self._unlisted(allowed.each, place.below(EACH))
            elif self._holds_unlisted(kind, allowed, place):
                yield FoundInDocuments(path_of(place.steps), f"values of type {kind}", kind)

    def _holds_unlisted(self, kind: str, allowed: Allowed, place: Place) -> bool:
        """Whether an array has elements where none is allowed, or a single value stands where none may."""
        if kind == "ARRAY":
            return self._any(f"JSON_TYPE({place.value}) = 'ARRAY' AND JSON_LENGTH({place.value}) > 0", place)
        return kind != "NULL" and not (allowed.kind or allowed.kept)

    def _unlisted_keys(self, allowed: Allowed, place: Place) -> Iterator[FoundInDocuments]:
        found = self.keys(place)
        hidden = [written for written in found if _looks_personal(written) and _decoded(written) not in allowed.keys]
        if hidden:
            yield FoundInDocuments(path_of(place.steps), _HIDDEN_KEYS)
        for written in found:
            if written in hidden:
                continue
            key = _decoded(written)
            child = allowed.keys.get(key)
            known = [key] if is_native(self.column) else spellings(key)
            if child is None:
                yield FoundInDocuments(path_of(place.steps), f"the key {key!r}")
            elif not is_native(self.column) and written[1:-1] not in known:
                yield FoundInDocuments(path_of(place.steps), f"the key {key!r}, written as {written},")
            else:
                yield from self._unlisted(child, place.below(key))

    def single_values(self) -> Iterator[FoundInDocuments]:
        """Every place of a single value, with its type; of objects with very many keys only some.

        A place that holds only null, an empty array or an empty object so far counts as one too.
        """
        yield from self._single_values(self._root)

    def _single_values(self, place: Place) -> Iterator[FoundInDocuments]:
        for kind in _without_null(self.types(place)) or (["NULL"] if place.steps[-1:] == (EACH,) else []):
            keys = self.keys(place) if kind == "OBJECT" else []
            if any(map(_looks_personal, keys)):
                kind, keys = NAMED_BY_VALUES, []  # noqa: PLW2901
            if kind == "ARRAY" and place.steps.count(EACH) == _MOST_ARRAYS:
                kind = NESTED_DEEPLY  # noqa: PLW2901
            if kind == "ARRAY":
                yield from self._single_values(place.below(EACH))
            elif not keys:
                yield FoundInDocuments(path_of(place.steps), "", kind)
            for written in keys:
                yield from self._single_values(place.below(_decoded(written)))

    def types(self, place: Place) -> list[str]:
        """What stands at the place, in any document."""
        found = self.session.column(
            f"SELECT DISTINCT JSON_TYPE({place.value}) FROM {self._source(place)} WHERE {place.value} IS NOT NULL"
        )
        return sorted(str(kind) for kind in found)

    def keys(self, place: Place) -> list[str]:
        """The keys of the objects at the place, each as JSON writes it."""
        keys = f"JSON_KEYS(IF(JSON_TYPE({place.value}) = 'OBJECT', {place.value}, NULL))"
        found = self.session.column(
            f"SELECT DISTINCT HEX(CAST(cadrart_key.name AS CHAR)) FROM {self._source(place)}, "
            f"JSON_TABLE({keys}, '$[*]' COLUMNS (name JSON PATH '$')) cadrart_key ORDER BY 1 LIMIT {_MOST_KEYS}"
        )
        return [bytes.fromhex(key).decode() for key in found]

    def _source(self, place: Place) -> str:
        """Production's table, and a table that numbers the elements of each array on the way to the place."""
        parts = [f"{self.table.rows_in(self.schema)} t"]
        outer = self._root
        for step in place.steps:
            if step is EACH:
                parts.append(outer.elements())
            outer = outer.below(step)
        return ", ".join(parts)

    def _any(self, condition: str, place: Place) -> bool:
        return self.session.row(f"SELECT 1 FROM {self._source(place)} WHERE {condition} LIMIT 1") is not None

    @property
    def _root(self) -> Place:
        if is_native(self.column):
            return Place(self._value)
        return Place(f"IF(JSON_VALID({self._text}), {self._text}, NULL)", spelled=True)

    @property
    def _text(self) -> str:
        return as_text(self.column, self._value)

    @property
    def _value(self) -> str:
        return f"t.{sql.name(self.column.name)}"


def _decoded(written: str) -> str:
    """A key without the quotes and escapes that JSON writes it with."""
    return str(json.loads(written, strict=False))


def _looks_personal(written: str) -> bool:
    """Whether a key looks like an address or a number of a person: it is not to stand in an error or in settings."""
    return _VALUE.search(_decoded(written)) is not None


def _without_null(kinds: list[str]) -> list[str]:
    """The types without NULL, unless NULL is the only one."""
    return [kind for kind in kinds if kind != "NULL"] or kinds
