"""Real members of an ENUM or SET whose definition shows a question mark instead, asked of the server."""

from __future__ import annotations

from dataclasses import replace

from cadrart_infra.backup.contents import Contents
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import MEMBER, Column, Table

_TABLE = "cadrart_backup_members"


def with_all_members(session: Session, contents: Contents, beside: str) -> Contents:
    """The contents, with what makes each table again as it is; a table for it is made in the database `beside`."""
    hiding = [table for table in contents.tables if table.may_hide_members]
    creations = {table.name: _with_members(session, contents, table, beside) for table in hiding}
    return replace(contents, creations=creations)


def _with_members(session: Session, contents: Contents, table: Table, beside: str) -> str:
    creation = contents.creation_of(table)
    for column in table.columns:
        if column.may_hide_members:
            shown = MEMBER.findall(column.type)
            found = _members(session, contents.schema, table.name, column, len(shown), beside)
            place = f"\n  {sql.name(column.name)} "
            listed = f"{column.data_type}({','.join(map(sql.string, found))})"
            creation = creation.replace(f"{place}{column.type}", f"{place}{listed}", 1)
    return creation


def _members(session: Session, schema: str, table: str, column: Column, count: int, beside: str) -> list[str]:
    """The real ones, by writing each into an empty copy of the column."""
    place, name = sql.table(beside, _TABLE), sql.name(column.name)
    session.run(f"CREATE TABLE {place} AS SELECT {name} FROM {sql.table(schema, table)} LIMIT 0")
    try:
        numbers = [1 << number if column.data_type == "set" else number + 1 for number in range(count)]
        session.run(f"INSERT INTO {place} VALUES " + ", ".join(f"({number})" for number in numbers))
        rows = session.rows(f"SELECT HEX(CONVERT({name} USING utf8mb4)) FROM {place} ORDER BY {name} + 0")
    finally:
        session.run(f"DROP TABLE IF EXISTS {place}")
    return [bytes.fromhex(row[0]).decode() for row in rows]
