"""The statements of a dump: the server's answers to them, line by line, are the backup (pure functions).

One session sends them, so that all rows and what is noted of them are of one moment. What they answer is SQL: the
server itself writes each value in the form that comes back as the same one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cadrart_infra.backup import notes
from cadrart_infra.backup.contents import Contents
from cadrart_infra.backup.json_values import json_literal
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import BY_NUMBER, INTEGERS, TEMPORAL, TEXTUAL
from cadrart_infra.mysql.encodings import bytes_of
from cadrart_infra.mysql.json_documents import hashed_types
from cadrart_infra.mysql.row_text import (
    COUNT_ROWS,
    COUNTED,
    counting_condition,
    exact_number,
    in_one_collation,
    joined_texts,
    number_of,
    row_hash,
    value_text,
)
from cadrart_infra.mysql.session_settings import LARGEST_IN_MEMORY, LONG_LISTS, lax_sql_mode
from cadrart_infra.mysql.table_definitions import Column, Table

HEAD, TABLE_MARK = "-- cadrart-backup 2", "-- cadrart-backup table "
LOST = "-- cadrart-backup lost "
"""In the place of the last note: the tables with a row that the server could not answer whole. dump.sh looks for it."""
_STATEMENT_BYTES = 1_000_000
_NUMBERS = INTEGERS | {"decimal"}
_UNICODE = ("utf8mb4", "utf8mb3", "utf8", "ascii")
_QUOTED = TEMPORAL | {"year", "uuid", "inet4", "inet6"}
_LONG = {"mediumtext", "longtext", "mediumblob", "longblob", "json", "vector"}
_SPATIAL = {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
            "geomcollection", "geometrycollection"}  # fmt: skip
_PIECES = 9


def dump_statements(contents: Contents, packet: int, *, mariadb: bool) -> Iterator[str]:
    """Everything that the Job sends, in order. `packet` is the server's max_allowed_packet in bytes."""
    yield "SET SESSION time_zone = '+00:00', sql_mode = '', character_set_results = binary"
    yield f"SET SESSION {LONG_LISTS}"
    if not mariadb:
        yield "SET SESSION cte_max_recursion_depth = 1000"  # a document may be a hundred deep
    yield "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    yield "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
    yield from (_line(line) for line in _head(contents, mariadb=mariadb))
    for table in contents.tables:
        yield "SAVEPOINT before_it"  # going back to it lets the table be altered again
        yield from _TableDump(contents.schema, table, packet).statements()
        yield "ROLLBACK TO SAVEPOINT before_it"
    for name in contents.sequences:
        yield from _sequence(contents.schema, name)
    end, lost = _literal_bytes(notes.note(notes.END, "", "")), _literal_bytes(LOST)
    yield f"SELECT IF(@lost IS NULL, {end}, CONCAT({lost}, @lost))"


def _line(text: str) -> str:
    """A statement that answers this text."""
    return f"SELECT {_literal_bytes(text)}"


def _mark(name: str) -> str:
    """The comment before what is about a table or a sequence, by which an error is said to be about it."""
    return TABLE_MARK + sql.name(_on_one_line(name))


def _on_one_line(name: str) -> str:
    return name.replace("\n", " ")


def _literal_bytes(text: str) -> str:
    return f"x'{bytes_of(text).hex()}'"


def _counted_where_missing(answer: str) -> str:
    """The server makes NULL of a text that is longer than its packets, and warns nobody who reads answers alone."""
    return f"IFNULL({answer}, IF(@missing := @missing + 1, '', ''))"


def _head(contents: Contents, *, mariadb: bool) -> Iterator[str]:
    """Session settings, the notes, and all tables without rows."""
    yield f"{HEAD}: tables, rows, and notes of what they have to be"
    yield f"SET NAMES utf8mb4; SET SESSION time_zone = '+00:00', sql_mode = '{lax_sql_mode(mariadb=mariadb)}';"
    yield f"SET SESSION foreign_key_checks = 0, unique_checks = 0, {LARGEST_IN_MEMORY};"
    if mariadb:
        yield "SET SESSION check_constraint_checks = 0, system_versioning_insert_history = 1;"
    yield f"{notes.CREATION};"
    source = {"schema": contents.schema, "charset": contents.charset, "collation": contents.collation}
    yield notes.note(notes.SOURCE, "", json.dumps(source))
    for name, statement in contents.sequences.items():
        yield f"{statement};"
        yield notes.definition_note(notes.SEQUENCE, name, statement)
    for table in contents.tables:
        yield _mark(table.name)
        yield f"{contents.creation_of(table)};"
        yield notes.definition_note(notes.TABLE, table.name, table.definition)
    yield from map(notes.object_note, contents.objects)


def _sequence(schema: str, name: str) -> Iterator[str]:
    where = f"FROM {sql.table(schema, name)}"
    yield _line(_mark(name))
    text = sql.text(f"DO SETVAL({sql.name(name)}, ")
    yield f"SELECT CONCAT({text}, next_not_cached_value, ', 0, ', cycle_count, ');') {where}"
    yield _noting(notes.VALUES, name, f"(SELECT {sequence_values()} {where})")


def sequence_values() -> str:
    """What a sequence holds, as one text."""
    return "CONCAT(next_not_cached_value, ' ', cycle_count)"


def rows_digest(table: Table) -> str:
    """How many rows there are, and a number that is the same for the same rows in whatever order."""
    return f"CONCAT(COUNT(*), ' ', COALESCE(SUM({row_hash(_digested(table))}), 0))"


def rows_read(table: Table, schema: str) -> str:
    """What a table's rows are read from, under the name that this module's expressions give them."""
    return f"{table.rows_in(schema)} t"


def _digested(table: Table) -> str:
    return joined_texts(_digest_part(column, _plain(column)) for column in table.compared)


def _digest_part(column: Column, value: str) -> str:
    if column.may_hide_members:
        return f"{value_text(column, value)}, IFNULL(HEX({value}), 'N')"  # its number, and what that stands for
    if not _is_long(column):
        return value_text(column, value)
    kinds = f", {hashed_types(column, value)}" if column.data_type == "json" else ""
    # By itself each fits into what a text may be long, together they may not.
    return f"IFNULL(SHA2({value}, 256), 'N'){kinds}"


def _noting(kind: str, name: str, content: str) -> str:
    """A statement that answers the note of what an expression is."""
    before = f"INSERT INTO {sql.name(notes.NOTES)} (kind, name, content) VALUES ({sql.text(kind)}, {sql.text(name)}, "
    return f"SELECT CONCAT({sql.text(before)}, QUOTE({content}), ');')"


@dataclass(frozen=True)
class _TableDump:
    schema: str
    table: Table
    packet: int

    def statements(self) -> Iterator[str]:
        """Its rows, then what is noted of them: in a second statement, where a snapshot lets it read the same."""
        source, counted = rows_read(self.table, self.schema), not self.table.has_snapshots
        yield _line(_mark(self.table.name))
        if self.table.stored:
            yield "SET @size = 0, @big = 0, @row = '', @missing = 0"
            if counted:
                yield COUNT_ROWS
            where = f" WHERE {counting_condition(_digested(self.table))}" if counted else ""
            yield f"SELECT {', '.join(self._answered())} FROM {source}{where}"
            yield "SELECT IF(@size > 0, ';', '')"
            name = sql.text(_on_one_line(self.table.name))
            yield f"SET @lost = IF(@missing > 0, CONCAT_WS(', ', @lost, {name}), @lost)"
        rows = (
            f"CONCAT_WS(' ', {', '.join(COUNTED)})" if counted else f"(SELECT {rows_digest(self.table)} FROM {source})"
        )
        yield _noting(notes.ROWS, self.table.name, rows)

    @cached_property
    def _long(self) -> list[Column]:
        return [column for column in self.table.stored if _is_long(column)]

    @property
    def _insert(self) -> str:
        columns = sql.names([column.name for column in self.table.stored])
        verb = "INSERT IGNORE" if any(map(_may_lack_its_shape, self.table.stored)) else "INSERT"
        return f"{verb} INTO {sql.name(self.table.name)} ({columns}) VALUES\n"

    @property
    def _is_big(self) -> str:
        """The condition that a row is too long to be written as one text; asked once for each."""
        return f"{' + '.join(map(self._size, self._long))} > {self.packet // 16}"

    def _size(self, column: Column) -> str:
        """Of a value's bytes. MySQL answers an empty text for a document that is longer than its packets."""
        size = f"LENGTH({_plain(column)})"
        if column.data_type == "json":
            size = f"IF((@length := {size}) = 0, {self.packet + 1}, @length)"
        return f"IFNULL({size}, 0)"

    def _answered(self) -> list[str]:
        """Rows that go on with the same INSERT until it is long enough; a big one has an INSERT for itself."""
        several = _counted_where_missing(self._in_several())
        if not self._long:
            return [several]
        return [f"IF(@big := ({self._is_big}), {self._before_a_big_one}, {several})", *self._big_one()]

    def _in_several(self) -> str:
        values = ", ',', ".join(value_literal(column, _plain(column)) for column in self.table.stored)
        longest = min(_STATEMENT_BYTES, self.packet // 4)
        return (
            f"CONCAT(IF(@size = 0, {sql.text(self._insert)}, ','), @row := CONCAT('(', {values}, ')'), "
            f"IF((@size := @size + LENGTH(@row)) > {longest}, IF(@size := 0, '', ';'), ''))"
        )

    @property
    def _before_a_big_one(self) -> str:
        return "CONCAT(IF(@size > 0, ';', ''), IF(@size := 0, '', ''))"

    def _big_one(self) -> Iterator[str]:
        """Each long value is put together in a variable, so that no statement comes near the server's limit."""
        for number, column in enumerate(self._long):
            yield from (self._piece(column, f"@long{number}", piece) for piece in range(_PIECES))
        values = ", ',', ".join(self._whole(column) for column in self.table.stored)
        row = f"IF({self._is_too_long}, NULL, CONCAT({sql.text(self._insert)}, '(', {values}, ');'))"
        yield f"IF(@big, {_counted_where_missing(row)}, '')"

    @property
    def _is_too_long(self) -> str:
        """The condition that a value is longer than its pieces, or than what may be put together from them."""
        return " OR ".join(f"{self._size(column)} > {self.packet}" for column in self._long)

    def _piece(self, column: Column, variable: str, piece: int) -> str:
        value, size = _plain(column), self.packet // 8
        part = f"HEX(SUBSTRING(CAST({value} AS BINARY), {piece * size + 1}, {size}))"
        begin, end = ("x''", "''") if piece == 0 else (f"CONCAT({variable}, x''", "'')")
        text = f"CONCAT('SET {variable} = {begin}', {part}, '{end};')"
        return f"IF(@big AND LENGTH({value}) > {piece * size}, {_counted_where_missing(text)}, '')"

    def _whole(self, column: Column) -> str:
        if column not in self._long:
            return value_literal(column, _plain(column))
        variable, value = f"@long{self._long.index(column)}", _plain(column)
        whole = f"'{variable}'"
        if column.data_type == "json":
            whole = json_literal(column, value, f"'CONVERT({variable} USING utf8mb4)'")
        empty = "'NULL'" if _is_shape(column) else "''''''"
        return f"IF({value} IS NULL, 'NULL', IF(LENGTH({value}) = 0, {empty}, {whole}))"


def _is_long(column: Column) -> bool:
    return column.data_type in _LONG or _is_shape(column)


def _is_shape(column: Column) -> bool:
    return column.data_type in _SPATIAL


def _may_lack_its_shape(column: Column) -> bool:
    """What MariaDB gives the rows that are there when a shape NOT NULL is added: a value of no bytes.

    It takes it from nobody. It makes it of NULL, in the place of an error, for an INSERT IGNORE alone.
    """
    return _is_shape(column) and not column.nullable


def _plain(column: Column) -> str:
    return f"t.{sql.name(column.name)}"


def value_literal(column: Column, value: str) -> str:
    """An expression that answers the value as SQL."""
    if column.data_type in _NUMBERS or column.data_type in BY_NUMBER:
        number = number_of(value) if column.data_type in BY_NUMBER else value
        return f"IFNULL({number}, 'NULL')"
    if column.data_type in ("float", "double"):
        return f"IFNULL({exact_number(value)}, 'NULL')"
    if column.data_type in _QUOTED:
        return f"QUOTE({value})"
    if column.data_type == "json":
        return json_literal(column, value, _text_literal(value))
    if column.data_type in TEXTUAL and column.charset in _UNICODE:
        return _text_literal(in_one_collation(column, value))
    digits = f"NULLIF(HEX({value}), '')" if _is_shape(column) else f"HEX({value})"
    return f"IFNULL(CONCAT('x''', {digits}, ''''), 'NULL')"


def _text_literal(value: str) -> str:
    # A carriage return by itself would not come through the client program.
    return f"REPLACE(REPLACE(QUOTE({value}), '\\n', '\\\\n'), '\\r', '\\\\r')"
