"""Reads the definitions of tables and sequences from the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from typing import Any

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.encodings import text_of
from cadrart_infra.mysql.errors import Refused, while_doing
from cadrart_infra.mysql.object_definitions import GONE
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import (
    VERSIONED,
    Column,
    IndexPart,
    NumberSequence,
    Table,
    rows_of_others,
)


def read_sequences(session: Session, schema: str, names: Iterable[str]) -> dict[str, NumberSequence]:
    """The named sequences, with what they hold now; one that was dropped meanwhile is left out."""
    found = {}
    for name in names:
        with _if_it_is_there(), session.as_bytes():
            shown = session.row(f"SHOW CREATE SEQUENCE {sql.table(schema, name)}") or (b"", b"")
            held = session.row(f"SELECT next_not_cached_value, cycle_count FROM {sql.table(schema, name)}") or (0, 0)
            found[name] = NumberSequence(text_of(shown[1]), int(held[0]), int(held[1]))
    return found


@contextmanager
def _if_it_is_there() -> Iterator[None]:
    """What was dropped meanwhile is left out."""
    try:
        yield
    except Refused as error:
        if error.number not in GONE:
            raise


def read_tables(session: Session, schema: str, names: Sequence[str]) -> dict[str, Table]:
    """The named tables, in the given order; one that was dropped meanwhile is left out."""
    where = f"WHERE table_schema = {sql.text(schema)}"
    columns = _columns(session, where)
    sizes = {
        row[0]: (int(row[1] or 0), int(row[2] or 0), str(row[3]), row[4] == VERSIONED)
        for row in session.rows(
            "SELECT table_name, table_rows, data_length + index_length, engine, table_type "
            f"FROM information_schema.tables {where}"
        )
    }
    keys = _keys(session, where)
    tables = {}
    for name, statement in _table_statements(session, schema, names).items():
        if name in columns and name in sizes:
            shown = columns[name] if session.server.is_mariadb else _with_shown_expressions(columns[name], statement)
            index, key = _choose_key(keys.get(name, {}), shown, takes_replace=_OVERLAPS not in statement)
            unique = _unique_keys(keys.get(name, {}))
            rows, size, engine, versioned = sizes[name]
            table = Table(name, statement, tuple(shown), key, index, rows, size, unique, engine)
            tables[name] = _with_history(table) if versioned else _with_missing_defaults(session, schema, table)
    return tables


def _columns(session: Session, where: str) -> dict[str, list[Column]]:
    """By table, in order."""
    found: dict[str, list[Column]] = {}
    for row in session.rows(
        "SELECT table_name, column_name, column_type, data_type, character_set_name, collation_name, "
        "COALESCE(generation_expression, ''), extra LIKE '%STORED GENERATED%' OR extra LIKE '%PERSISTENT%', "
        f"is_nullable, {_queried(session)} "
        f"FROM information_schema.columns {where} "
        "ORDER BY table_name, ordinal_position"
    ):
        name, kind, data_type, charset, collation, expression, kept, nullable, queried = row[1:]
        found.setdefault(row[0], []).append(
            Column(
                *(name, kind, data_type, charset, collation, bool(expression), bool(kept), expression),
                nullable=nullable == "YES",
                queried=bool(queried),
            )
        )
    return found


def _with_shown_expressions(columns: Sequence[Column], statement: str) -> list[Column]:
    """The columns with the expressions of the CREATE statement.

    MySQL's information_schema escapes quotes and backslashes, also those of names, and misreads what is not ASCII.
    """
    return [replace(column, expression=_shown_expression(column, statement)) for column in columns]


def _shown_expression(column: Column, statement: str) -> str:
    if not column.generated:
        return ""
    head = rf"^  {re.escape(sql.name(column.name))} [^\n]*? GENERATED ALWAYS AS "
    shown = re.search(rf"{head}(\(.*\)) (?:VIRTUAL|STORED)", statement, re.M)
    return shown[1] if shown else column.expression


def _queried(session: Session) -> str:
    """The condition for `Column.queried`. MariaDB has the text NULL for a column whose default that is."""
    if not session.server.is_mariadb:
        return "0"
    computed = "generation_expression IS NOT NULL OR extra LIKE '%auto_increment%'"
    return f"is_nullable = 'YES' AND column_default IS NULL AND NOT ({computed})"


_HAS_NO_DEFAULT = 1364


def _with_missing_defaults(session: Session, schema: str, table: Table) -> Table:
    """The table, with what MySQL says of each default when it is asked for it: of long texts it shows none anyway."""
    asked = [column for column in table.columns if column.nullable and not column.generated]
    if session.server.is_mariadb or rows_of_others(table.engine) or not _refused(session, schema, table, asked):
        return table
    lacking = [column for column in asked if _refused(session, schema, table, [column]) == _HAS_NO_DEFAULT]
    return replace(table, columns=tuple(replace(one, without_default=one in lacking) for one in table.columns))


def _refused(session: Session, schema: str, table: Table, columns: Sequence[Column]) -> int:
    """The number of the error by which the server refuses to show these columns' defaults; 0 where it does."""
    defaults = ", ".join(f"DEFAULT({sql.name(column.name)})" for column in columns)
    try:
        with while_doing(f"reading the definition of table {schema}.{table.name}"):  # which another session may lock
            session.row(f"SELECT {defaults or 1} FROM {sql.table(schema, table.name)} LIMIT 0")
    except Refused as error:
        return error.number
    return 0


_HIDDEN_PERIOD = tuple(
    Column(name, "timestamp(6)", "timestamp", None, None, generated=True, expression=expression)
    for name, expression in (("row_start", "ROW START"), ("row_end", "ROW END"))
)
"""They are there, and no definition shows them, where a table does not declare its own."""


def _with_history(table: Table) -> Table:
    """A versioned table; its unique keys distinguish rows that were current at the same time."""
    declared = tuple(column for column in table.columns if column.is_period)
    end = IndexPart((declared or _HIDDEN_PERIOD)[-1].name)
    unique = tuple(parts if end in parts else (*parts, end) for parts in table.unique)
    columns = table.columns if declared else (*table.columns, *_HIDDEN_PERIOD)
    return replace(table, columns=columns, key=(), key_index="", unique=unique, versioned=True)


def _table_statements(session: Session, schema: str, names: Sequence[str]) -> dict[str, str]:
    """The CREATE statement of each table that is still there."""
    odd = _odd_foreign_keys(session, schema) if session.server.is_mariadb else {}
    found = {}
    with session.as_bytes():
        for name in names:
            with _if_it_is_there():
                row = session.row(f"SHOW CREATE TABLE {sql.table(schema, name)}")
                statement = text_of(row[1]) if row else ""
                found[name] = reduce(_with_names_doubled, odd.get(name, []), statement)
    return found


_ForeignKey = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Its name, its columns, and those that they refer to."""


def _odd_foreign_keys(session: Session, schema: str) -> dict[str, list[_ForeignKey]]:
    """By table: those with a backtick in a name, which MariaDB's older releases show without doubling it."""
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for table, name, column, referred in session.rows(
        "SELECT table_name, constraint_name, column_name, referenced_column_name "
        f"FROM information_schema.key_column_usage WHERE table_schema = {sql.text(schema)} "
        "AND referenced_table_name IS NOT NULL ORDER BY ordinal_position"
    ):
        columns.setdefault((table, name), []).append((column, referred))
    odd: dict[str, list[_ForeignKey]] = {}
    for (table, name), pairs in columns.items():
        own, referred_to = zip(*pairs, strict=True)
        if any("`" in each for each in (name, *own, *referred_to)):
            odd.setdefault(table, []).append((name, own, referred_to))
    return odd


def _with_names_doubled(statement: str, key: _ForeignKey) -> str:
    """A CREATE statement in which backticks in a foreign key's names are doubled, where the server shows them plain."""
    name, own, referred_to = key
    before, shown, after = statement.partition(_foreign_key(name, own, "`{}`".format))
    if not shown:
        return statement
    plain, doubled = (f"({_listed(referred_to, quoted)})" for quoted in ("`{}`".format, sql.name))
    return before + _foreign_key(name, own, sql.name) + after.replace(plain, doubled, 1)


def _foreign_key(name: str, own: Iterable[str], quoted: Callable[[str], str]) -> str:
    return f"\n  CONSTRAINT {quoted(name)} FOREIGN KEY ({_listed(own, quoted)}) REFERENCES "


def _listed(columns: Iterable[str], quoted: Callable[[str], str]) -> str:
    return ", ".join(map(quoted, columns))


def _keys(session: Session, where: str) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    keys: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
    hidden = "ignored = 'YES'" if session.server.is_mariadb else "is_visible = 'NO'"
    for table, index, *part in session.rows(
        f"SELECT table_name, index_name, column_name, sub_part, nullable = 'YES', {hidden} "
        f"FROM information_schema.statistics {where} "
        "AND non_unique = 0 ORDER BY table_name, index_name <> 'PRIMARY', index_name, seq_in_index"
    ):
        keys.setdefault(table, {}).setdefault(index, []).append(tuple(part))
    return keys


def _unique_keys(indexes: dict[str, list[tuple[Any, ...]]]) -> tuple[tuple[IndexPart, ...], ...]:
    over_columns = [parts for parts in indexes.values() if all(column is not None for column, *_ in parts)]
    return tuple(tuple(IndexPart(column, length) for column, length, *_ in parts) for parts in over_columns)


_OVERLAPS = "` WITHOUT OVERLAPS)"  # a key with such a period knows no REPLACE
_UNORDERED = {"float", "double", "json", "enum", "set"}  # a literal of these compares differently from their index


def _choose_key(
    indexes: dict[str, list[tuple[Any, ...]]], columns: Sequence[Column], *, takes_replace: bool
) -> tuple[str, tuple[str, ...]]:
    """The first unique index that identifies every row by plain columns, where rows can be replaced one by one.

    No statement may name one that is hidden from the optimizer (INVISIBLE, IGNORED).
    """
    if not takes_replace:
        return "", ()
    usable = {column.name for column in columns if not column.generated and column.data_type not in _UNORDERED}
    for index, parts in indexes.items():
        if all(part[0] in usable and part[1:] == (None, 0, 0) for part in parts):
            return index, tuple(column for column, *_ in parts)
    return "", ()
