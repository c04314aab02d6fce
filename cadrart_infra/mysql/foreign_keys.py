"""Foreign keys that lead from one database to another."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session


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
    r"^  (?P<line>CONSTRAINT `(?P<name>(?:[^`]|``)+)` FOREIGN KEY \(.+?\) "
    r"REFERENCES `(?P<parent>(?:[^`]|``)+)` \(.+?),?$",
    re.M,
)


def foreign_keys_of(statement: str) -> list[tuple[str, str, str]]:
    """Those of a CREATE TABLE statement, as SHOW writes it, within its own database: the line, its name, the parent."""
    return [
        (match["line"], match["name"].replace("``", "`"), match["parent"].replace("``", "`"))
        for match in _LINE.finditer(statement)
    ]
