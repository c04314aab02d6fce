"""Rebuilds JSON documents from what their rules allow, so that what nobody has listed never enters the copy.

MySQL's own JSON type may hold values that a text would lose (DECIMAL, BLOB), so MySQL's functions build these
documents. In a text column, MariaDB's JSON included, a document is built as text: what is kept stays letter by letter.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.table_definitions import Column
from cadrart_infra.staging_sync.masking.allowed_paths import EACH, Allowed, Step
from cadrart_infra.staging_sync.masking.kinds import DATE, NUMBER, REMOVE, TEXTS, day, random_number


def rebuilt_document(allowed: Allowed, column: Column, value: str) -> str:
    """The expression for the document in `value` with nothing but what is allowed; never NULL but for NULL.

    A list or an object of which nothing is listed is empty, another value is null, and so is a text that is no JSON. An
    empty text, where a program writes no document, stays one.
    """
    build = _NativeDocument(column, value) if is_native(column) else _TextDocument(column, value)
    return build.whole(allowed)


def is_native(column: Column) -> bool:
    """Whether the column has MySQL's own JSON type."""
    return column.data_type == "json"


def as_text(column: Column, value: str) -> str:
    """The expression as a text in JSON's character set, utf8mb4."""
    return value if column.charset == "utf8mb4" else f"CONVERT({value} USING utf8mb4)"


@dataclass(frozen=True)
class Place:
    """A place in every document of `root`, an expression; each array on the way has a table of its elements, `rows`.

    For documents that are text the table also has the element itself: otherwise the server would read the text from its
    beginning for each element.
    """

    root: str
    spelled: bool = False
    """Whether a key may be written in several ways, as in a document that is text."""
    steps: tuple[Step, ...] = ()

    def below(self, step: Step) -> Place:
        """The place one step below."""
        return replace(self, steps=(*self.steps, step))

    @property
    def rows(self) -> str:
        """The alias of the table that numbers this place's elements."""
        return _rows(self.steps.count(EACH))

    def elements(self) -> str:
        """The table with a row for each element; none where there is no array."""
        array = f"IF(JSON_TYPE({self.value}) = 'ARRAY', {self.value}, NULL)"
        element = ", element JSON PATH '$'" if self.spelled else ""  # a native document would lose a null there
        return f"JSON_TABLE({array}, '$[*]' COLUMNS (number FOR ORDINALITY{element})) {self.rows}"

    @property
    def value(self) -> str:
        """The expression for what stands there; SQL NULL where the document has no such place."""
        root, steps = self._start()
        values = [f"JSON_EXTRACT({root}, {path})" for path in self._paths(steps)] if steps else [root]
        return values[0] if len(values) == 1 else f"COALESCE({', '.join(values)})"

    def _start(self) -> tuple[str, tuple[Step, ...]]:
        """The expression to read from, and the steps from there: the last array's element where its table has it."""
        arrays = self.steps.count(EACH)
        if not (self.spelled and arrays):
            return self.root, self.steps
        last = len(self.steps) - self.steps[::-1].index(EACH)
        return f"{_rows(arrays - 1)}.element", self.steps[last:]

    def _paths(self, steps: Sequence[Step]) -> list[str]:
        """The path in each spelling of its keys, as expressions."""
        found = [[sql.text("$")]]
        arrays = 0
        for step in steps:
            if step is EACH:
                ways = ["'['", f"{_rows(arrays)}.number - 1", "']'"]
                found = [[*path, *ways] for path in found]
                arrays += 1
            else:
                ways = spellings(step) if self.spelled else spellings(step)[:1]
                found = [[*path, sql.text(f'."{way}"')] for path in found for way in ways]
        return [path[0] if len(path) == 1 else f"CONCAT({', '.join(path)})" for path in found]


def _rows(arrays: int) -> str:
    """The alias of the table of an array's elements; `arrays`: how many arrays are above it."""
    return f"cadrart_e{arrays}"


def spellings(key: str) -> list[str]:
    """How programs write a key in a document, the plain way first. MariaDB compares the written letters."""
    plain, escaped = json.dumps(key, ensure_ascii=False)[1:-1], json.dumps(key)[1:-1]
    ways = [plain, escaped, re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda digits: digits[0].upper(), escaped)]
    return list(dict.fromkeys([*ways, *(way.replace("/", r"\/") for way in ways)]))


class _Document(ABC):
    """How documents are put together; each method returns an expression."""

    def __init__(self, column: Column, value: str) -> None:
        self.column, self.given = column, value

    @abstractmethod
    def whole(self, allowed: Allowed) -> str:
        """The column's new value."""

    @abstractmethod
    def text(self, text: str) -> str:
        """The expression for a text, JSON's null where it is NULL."""

    @abstractmethod
    def number(self, number: str) -> str:
        """The expression for a number, JSON's null where it is NULL."""

    @abstractmethod
    def kept(self, place: Place) -> str:
        """What stands at the place."""

    @abstractmethod
    def object(self, members: Sequence[tuple[str, Place, str]]) -> str:
        """An object of the members (key, place, value) whose place exists in the document."""

    @abstractmethod
    def array(self, place: Place, element: str) -> str:
        """An array of `element` for each element at the place; an empty array where `element` is empty."""

    null: str

    def value(self, allowed: Allowed, place: Place) -> str:
        """What is allowed to stand at the place."""
        if allowed.whole:
            return self.kept(place)
        single = self.masked(allowed.kind, place.value) if allowed.kind else self.null
        if allowed.is_closed:
            return single
        if allowed.kept and not allowed.kind:
            single = self.kept(place)
        members = [
            (key, place.below(key), self.value(child, place.below(key))) for key, child in sorted(allowed.keys.items())
        ]
        element = self.value(allowed.each, place.below(EACH)) if allowed.each else ""
        return (
            f"CASE JSON_TYPE({place.value}) WHEN 'OBJECT' THEN {self.object(members)} "
            f"WHEN 'ARRAY' THEN {self.array(place, element)} ELSE {single} END"
        )

    def masked(self, kind: str, value: str) -> str:
        """The mask of whatever stands there, arrays and objects included; null stays null."""
        text = f"IF(JSON_TYPE({value}) = 'NULL', NULL, JSON_UNQUOTE({value}))"
        if kind == REMOVE:
            return self.null
        if kind == NUMBER:
            return self.number(random_number(text))
        if kind == DATE:
            return self.text(f"CAST({day(text)} AS CHAR)")
        return self.text(TEXTS[kind](text))


class _NativeDocument(_Document):
    null = "CAST('null' AS JSON)"

    def whole(self, allowed: Allowed) -> str:
        return f"IF({self.given} IS NULL, NULL, {self.value(allowed, Place(self.given))})"

    def text(self, text: str) -> str:
        return f"COALESCE(CAST(JSON_QUOTE({text}) AS JSON), {self.null})"

    def number(self, number: str) -> str:
        return f"COALESCE(CAST({number} AS JSON), {self.null})"

    def kept(self, place: Place) -> str:
        return place.value

    def object(self, members: Sequence[tuple[str, Place, str]]) -> str:
        parts = [
            f"IF({place.value} IS NULL, JSON_OBJECT(), JSON_OBJECT({sql.text(key)}, {value}))"
            for key, place, value in members
        ]
        return f"JSON_MERGE_PRESERVE(JSON_OBJECT(), {', '.join(parts)})" if parts else "JSON_OBJECT()"

    def array(self, place: Place, element: str) -> str:
        if not element:
            return "JSON_ARRAY()"
        # The rows come in the order in which JSON_TABLE makes them; no ORDER BY is taken here.
        return f"COALESCE((SELECT JSON_ARRAYAGG({element}) FROM {place.elements()}), JSON_ARRAY())"


class _TextDocument(_Document):
    null = "'null'"

    def whole(self, allowed: Allowed) -> str:
        text = as_text(self.column, self.given)
        value = f"COALESCE({self.value(allowed, Place(text, spelled=True))}, {self.null})"
        other = f"IF({text} = '', '', {self.null})"
        made = f"IF({self.given} IS NULL, NULL, IF(JSON_VALID({text}), {value}, {other}))"
        return made if self.column.charset == "utf8mb4" else f"CONVERT({made} USING {self.column.charset})"

    def text(self, text: str) -> str:
        return f"COALESCE(JSON_QUOTE({text}), {self.null})"

    def number(self, number: str) -> str:
        return f"COALESCE(CAST({number} AS CHAR), {self.null})"

    def kept(self, place: Place) -> str:
        return f"CAST({place.value} AS CHAR)"

    def object(self, members: Sequence[tuple[str, Place, str]]) -> str:
        parts = [
            f"IF({place.value} IS NULL, NULL, CONCAT({sql.text(json.dumps(key, ensure_ascii=False) + ': ')}, "
            f"COALESCE({value}, {self.null})))"
            for key, place, value in members
        ]
        return f"CONCAT('{{', CONCAT_WS(', ', {', '.join(parts)}), '}}')" if parts else "'{}'"

    def array(self, place: Place, element: str) -> str:
        if not element:
            return "'[]'"
        joined = f"GROUP_CONCAT(COALESCE({element}, {self.null}) ORDER BY {place.rows}.number SEPARATOR ', ')"
        return f"CONCAT('[', COALESCE((SELECT {joined} FROM {place.elements()}), ''), ']')"
