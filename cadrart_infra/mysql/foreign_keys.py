"""Foreign keys in a table's definition, and those that lead from one database to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_reading import read_tables


@dataclass(frozen=True, order=True)
class KeyAcross:
    """One of them: the table that has it, and the table that it refers to."""

    schema: str
    table: str
    name: str
    parent_schema: str
    parent: str


def keys_out_of(session: Session, schema: str) -> list[KeyAcross]:
    """Those that the schema's tables have."""
    return _keys(session, f"table_schema = {sql.text(schema)}")


def keys_into(session: Session, schemas: Collection[str]) -> list[KeyAcross]:
    """Those with which tables of other schemas refer to tables of these."""
    inside = sql.texts(schemas)
    return _keys(session, f"referenced_table_schema IN ({inside}) AND table_schema NOT IN ({inside})")


def _keys(session: Session, where: str) -> list[KeyAcross]:
    """The server shows a foreign key to an account that has a right on its table."""
    rows = session.rows(
        "SELECT DISTINCT table_schema, table_name, constraint_name, referenced_table_schema, referenced_table_name "
        f"FROM information_schema.key_column_usage WHERE referenced_table_schema <> table_schema AND {where}"
    )
    return sorted(KeyAcross(*map(str, row)) for row in rows)


_LINE = re.compile(
    r"^  CONSTRAINT (?P<name>`(?:[^`]|``)+`) (?P<head>FOREIGN KEY \(.+?\) REFERENCES )"
    r"(?:(?P<schema>`(?:[^`]|``)+`)\.)?(?P<parent>`(?:[^`]|``)+`)(?P<rest> \(.+?)(?=,?$)",
    re.M,
)
_INTERIM = "-interim"
"""At the end of a key's name between two statements: no server takes the name of a key in the statement that drops it,
and a key that were away between two would be lost where the second fails."""
_MOST_LETTERS = 64 - len(_INTERIM)

Leads = Callable[[str, str], bool]
"""Whether a foreign key is meant, by its parent's database, empty for its own, and by its parent."""


def point_keys_to(session: Session, home: str, schema: str, tables: Collection[str], leads: Leads) -> None:
    """Lets foreign keys of the schema's tables name the database `home` as their parent's, which need not be there."""
    session.run("SET SESSION foreign_key_checks = 0")
    for name, table in read_tables(session, schema, sorted(tables)).items():
        for constraint, definition in keys_led_to(home, table.statement, leads):
            own, interim = sql.name(constraint), sql.name(f"{constraint[:_MOST_LETTERS]}{_INTERIM}")
            for before, after in ((own, interim), (interim, own)):
                exchange = f"DROP FOREIGN KEY {before}, ADD CONSTRAINT {after} {definition}"
                session.run(f"ALTER TABLE {sql.table(schema, name)} {exchange}")
    session.run("SET SESSION foreign_key_checks = 1")


def keys_led_to(home: str, statement: str, leads: Leads) -> Iterator[tuple[str, str]]:
    """Name and new definition of each foreign key that is meant, of a CREATE TABLE statement as SHOW writes it."""
    for match in _LINE.finditer(statement):
        if _is_meant(match, leads):
            yield sql.unquoted(match["name"]), _led_to(home, match)


def with_keys_led_to(home: str, statement: str, leads: Leads) -> str:
    """The CREATE TABLE statement with `home` as the database of the parents of those that are meant."""

    def line(match: re.Match[str]) -> str:
        if not _is_meant(match, leads):
            return match[0]
        return f"  CONSTRAINT {match['name']} {_led_to(home, match)}"

    return _LINE.sub(line, statement)


def key_lines(statement: str) -> list[str]:
    """Each foreign key of a CREATE TABLE statement, as an ALTER TABLE adds it."""
    return [match[0].strip() for match in _LINE.finditer(statement)]


def _is_meant(match: re.Match[str], leads: Leads) -> bool:
    return leads(sql.unquoted(match["schema"] or ""), sql.unquoted(match["parent"]))


def _led_to(home: str, match: re.Match[str]) -> str:
    return f"{match['head']}{sql.name(home)}.{match['parent']}{match['rest']}"


def bring_keys_back(session: Session, schema: str, left_to: str) -> None:
    """A foreign key whose parent went away to `left_to`, with none in its place, has followed it: not any more."""
    followed = {key.table for key in keys_out_of(session, schema) if key.parent_schema == left_to}
    if followed:
        point_keys_to(session, schema, schema, followed, lambda parents, _: parents == left_to)
