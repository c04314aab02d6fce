"""Inputs from public bug reports: read from `inputs/`, played into production, and looked at in the copy.

A file is SQL as the client programs take it (DELIMITER included) after one line that says what it is about. A line
`-- [production]` begins a part, and so do `[production, latin1]` (over a connection of that character set),
`[production, mysql]` (on that product only), `[later in production]`, `[the same in both]` and `[in staging]`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest

from cadrart_infra.staging_sync.errors import SyncError
from tests.database.harness import PRODUCTION, STAGING, SYNC_PASSWORD, Shop

_INPUTS = Path(__file__).parent / "inputs"
_MARK = re.compile(r"^-- \[(.+)\]$")
_CHARSETS = ("latin1", "cp932", "ujis", "koi8r")
Answer = tuple[Any, ...] | int


@dataclass(frozen=True)
class Part:
    """Statements of one heading."""

    heading: str
    options: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One input."""

    name: str
    parts: tuple[Part, ...]

    def of(self, heading: str, product: str) -> list[Part]:
        """The parts of a heading that are for this product, in order."""
        other = {"mysql": "mariadb", "mariadb": "mysql"}[product]
        return [part for part in self.parts if part.heading == heading and other not in part.options]


def read_case(name: str) -> Case:
    """The input `inputs/<name>.sql`."""
    parts: list[Part] = []
    heading, options, lines = "production", tuple[str, ...](), list[str]()
    for line in (_INPUTS / f"{name}.sql").read_text().splitlines():
        if mark := _MARK.match(line):
            parts.append(Part(heading, options, tuple(_statements(lines))))
            heading, *rest = mark[1].split(", ")
            options, lines = tuple(rest), []
        else:
            lines.append(line)
    return Case(name, (*parts, Part(heading, options, tuple(_statements(lines)))))


def _statements(lines: Sequence[str]) -> list[str]:
    """Each ends with a line that ends with the delimiter."""
    found, delimiter, collected = [], ";", ""
    for line in lines:
        if line.startswith("DELIMITER "):
            delimiter = line.split()[1]
        elif collected or (line and not line.startswith("-- ")):
            collected += line + "\n"
            if line.endswith(delimiter):
                found.append(collected.rstrip().removesuffix(delimiter))
                collected = ""
    assert not collected.strip(), f"a statement without its end: {collected}"
    return found


def produce(shop: Shop, name: str) -> Case:
    """Play the input's first parts into production; skips where the input is about the other product."""
    case = read_case(name)
    if not any(part.statements for part in case.of("production", shop.server.kind.name)):
        pytest.skip(f"not about {shop.server.kind.name}")
    play(shop, case, "production")
    return case


def play(shop: Shop, case: Case, heading: str, schema: str = PRODUCTION) -> list[Answer]:
    """Run the parts of a heading as root; the rows, or the number of the error, of every statement."""
    answers: list[Answer] = []
    for part in case.of(heading, shop.server.kind.name):
        charset = next((option for option in part.options if option in _CHARSETS), "utf8mb4")
        connection = shop.connect(schema)
        connection.set_character_set(charset)
        with connection, connection.cursor() as cursor:
            for statement in part.statements:
                answers.append(_answer(cursor, statement, may_fail=heading in ("the same in both", "in staging")))
    return answers


def _answer(cursor: pymysql.cursors.Cursor, statement: str, *, may_fail: bool) -> Answer:
    try:
        cursor.execute(statement)
    except pymysql.MySQLError as error:
        if not may_fail:
            raise
        return int(error.args[0])
    return tuple(cursor.fetchall())


def comparable(shop: Shop, schema: str) -> dict[str, str]:
    """Definitions without what is meant to differ: owner, the schema's own name, whether an event runs."""
    found = {}
    for key, statement in shop.definitions(schema).items():
        text = re.sub(r"DEFINER=([`\"])[^`\"]*\1@\1[^`\"]*\1 ", "", statement)
        text = re.sub(rf"([`\"])(?:{STAGING}|{PRODUCTION})\1", "`…`", text)
        text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
        found[key] = re.sub(r"(PRESERVE) (ENABLE|DISABLE) ", r"\1 … ", text, count=1) if "EVENT" in key else text
    return found


def require_equal(shop: Shop) -> None:
    """Every row, generated values included, and every definition of production is in staging's copy."""
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert comparable(shop, STAGING) == comparable(shop, PRODUCTION)


def require_carried(shop: Shop, name: str, **changes: Any) -> Case:
    """The input is the same in staging: after the first sync, the second, and one after production went on."""
    case = produce(shop, name)
    for _ in range(2):
        shop.sync(**changes)
        require_equal(shop)
    play(shop, case, "later in production")
    shop.sync(**changes)
    require_equal(shop)
    in_production = play(shop, case, "the same in both")
    assert play(shop, case, "the same in both", STAGING) == in_production
    return case


def refusal(shop: Shop, name: str, kind: type[SyncError] = SyncError, **changes: Any) -> str:
    """The sync refuses, before staging is touched, with a text for the user, which is returned."""
    produce(shop, name)
    with pytest.raises(kind) as caught:
        shop.sync(**changes)
    assert shop.tables(STAGING) == []
    text = str(caught.value)
    assert SYNC_PASSWORD not in text
    return text
