"""Tables and sequences, as the server defines them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import MEMBERS
from cadrart_infra.mysql.parsed_statement import ParsedStatement
from cadrart_infra.mysql.queried_columns import making_by_a_query

INNODB = "InnoDB"
VERSIONED = "SYSTEM VERSIONED"
TABLE_TYPES = ("BASE TABLE", VERSIONED)
"""Types of tables with rows in information_schema; the second keeps its former rows too (MariaDB)."""
WITHOUT_SNAPSHOT = frozenset({"MyISAM", "Aria", "MEMORY", "CSV", "ARCHIVE", "BLACKHOLE"})
"""Engines whose tables have no snapshots: only what one statement reads of a table is of one moment."""
_OF_OTHERS = {"MRG_MYISAM": "its rows are those of other tables: MERGE"} | {
    engine: f"its rows lie outside of this database: {engine}"
    for engine in ("FEDERATED", "CONNECT", "SPIDER", "S3", "SPHINX", "OQGRAPH", "VP")
}

COMPUTED = "all of its columns are computed, so that its rows hold nothing of their own"
"""Why a table without a column that can be written is not carried: no INSERT can name a value."""

BOUND = (
    "a default is a number of a sequence, by which it would stay bound to its own database; a trigger can take the "
    "number instead: BEFORE INSERT … SET NEW.<column> = NEXTVAL(<sequence>)"
)
"""Why a table is not carried whose default takes its value from a sequence (MariaDB)."""

ELSEWHERE = "files of it lie in a folder of their own: DATA DIRECTORY"
"""Why such a table is not carried: MySQL wants the right FILE for it, and MariaDB loses it when it is renamed."""

BY_TRANSACTIONS = "its history goes by transactions, which are others in any other database or server"
"""Why such a table is not carried (MariaDB)."""

_PERIOD = {"ROW START", "ROW END"}
"""What generates the two columns of a table with history: from when to when a version of a row was the current one."""

MEMBER = re.compile(r"'(?:[^']|'')*'")
"""One member in the type of an ENUM or SET."""
_SHOWN_WHOLE = frozenset({"ascii", "latin1", "utf8mb3"})
_TWO_CODES = frozenset({"armscii8", "big5", "cp932", "eucjpms", "sjis", "tis620", "ujis"})
"""Character sets in which the code of a character, read by way of Unicode, may come back as another one."""

# MySQL shows a column's charset beside its collation only when it was spelled out, which a copy always has. It shows a
# charset alone where the table's own was changed since: the collation is then the usual one.
_CHARSET = " CHARACTER SET "
_REPEATED_CHARSET = re.compile(rf"{_CHARSET}\w+(?= COLLATE )")
# Only among the table's options, after the closing bracket.
_COUNTER = re.compile(r"(?<=\n)(\)[^\n']*?) AUTO_INCREMENT=(\d+)")
# MariaDB puts keys without NULL first where it makes a table or a key, but not where it alters a column to NOT NULL.
_UNIQUE_KEYS = re.compile(r"(?:\n  UNIQUE KEY [^\n]+){2,}")
_OF_A_SEQUENCE = re.compile(r"\b(?:next|last|set)val\(`")
_IS_A_TIME = re.compile(r"\('0000-00-00 00:00:00(?:\.0+)?' (<>|=) ")
"""How MySQL shows a time that is used as a condition. Any other literal in an expression has its charset before it."""
_AUTO_PARTITIONS = re.compile(r"(\n PARTITION BY SYSTEM_TIME INTERVAL [^\n]* AUTO)\nPARTITIONS \d+")


def rows_of_others(engine: str | None) -> str:
    """Why the rows of a table of this engine lie elsewhere; empty where they do not.

    A copy of such a table, in staging or after a restore, would read and write the original's rows.
    """
    return _OF_OTHERS.get((engine or "").upper(), "")


DocumentShape = tuple[str, ...]
"""The names of a JSON object's members, in the server's order (MySQL)."""


@dataclass(frozen=True)
class Column:
    """One column, as information_schema has it."""

    name: str
    type: str
    data_type: str
    charset: str | None
    collation: str | None
    generated: bool
    kept: bool = False
    """Generated and stored: the row keeps the value as it was computed when it was written."""
    expression: str = ""
    """What it is generated from, with the names of columns in backticks."""
    nullable: bool = False
    without_default: bool = False
    """It may be NULL, but an INSERT has to name a value (MySQL's `ALTER … DROP DEFAULT`); no CREATE can say that."""
    queried: bool = False
    """So may this one, but MariaDB makes it by CREATE TABLE … SELECT alone (see `queried_columns`)."""
    shapes: tuple[DocumentShape, ...] = field(default=(), compare=False)
    """The shapes that most of its documents have: these are read faster."""

    @property
    def is_period(self) -> bool:
        """Whether it says from when, or to when, a version of a row was the current one."""
        return self.expression.upper() in _PERIOD

    @property
    def has_zeros_in_front(self) -> bool:
        """Whether its numbers are texts with zeros in front (ZEROFILL)."""
        return self.type.endswith(" zerofill")

    @property
    def may_hide_members(self) -> bool:
        """Whether the server's definition may not show all members of an ENUM or SET as they are.

        It shows a question mark for what it cannot show, and one character may stand for two codes.
        """
        if not self.has_members or self.charset in _SHOWN_WHOLE:
            return False
        return "?" in self.type or (self.charset in _TWO_CODES and not self.type.isascii())

    @property
    def has_members(self) -> bool:
        """Whether it is an ENUM or SET.

        Only a value's number identifies it. Two members may have the same text: servers accept members that are equal
        in the column's collation, and an empty member of a SET.
        """
        return self.data_type in MEMBERS


@dataclass(frozen=True)
class IndexPart:
    """A column in an index; `length`: how many of its first characters or bytes count, None for all."""

    column: str
    length: int | None = None


@dataclass(frozen=True)
class Table:
    """One base table. `key` is the primary key, or a unique key that can stand in for it, or empty.

    `unique`: the parts of each unique key; one over an expression is left out.
    `versioned`: its former rows are a part of it (MariaDB). Several of them may have the same key, so it has no key.
    """

    name: str
    statement: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_index: str
    estimated_rows: int
    bytes: int
    unique: tuple[tuple[IndexPart, ...], ...] = ()
    engine: str = INNODB
    versioned: bool = False

    def rows_in(self, schema: str) -> str:
        """The FROM expression for all of its rows, former ones included."""
        return sql.table(schema, self.name) + (" FOR SYSTEM_TIME ALL" if self.versioned else "")

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that identify a row for people: the key, without the times of former rows."""
        parts = self.unique[0] if self.versioned and self.unique else ()
        times = {column.name for column in self.columns if column.is_period}
        return self.key or tuple(part.column for part in parts if part.column not in times)

    @property
    def has_snapshots(self) -> bool:
        """Whether a session can go on reading its rows as they were at one moment."""
        return self.engine == INNODB

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that can be written: nothing that an expression computes."""
        return tuple(column for column in self.columns if not column.generated or column.is_period)

    @property
    def compared(self) -> tuple[Column, ...]:
        """The columns that hold something of their own, generated ones that are kept included."""
        return tuple(column for column in self.columns if not column.generated or column.kept or column.is_period)

    def numbered_by(self, own: str, *, fold_case: bool) -> list[str]:
        """Other databases than its own whose sequences its defaults take their values from (MariaDB)."""
        if not _OF_A_SEQUENCE.search(self.statement):
            return []
        return sorted(ParsedStatement(self.statement).other_schemas(own, fold_case=fold_case))

    @property
    def goes_by_transactions(self) -> bool:
        """Whether its history is kept by numbers of transactions, not by times."""
        return any(column.is_period and column.data_type == "bigint" for column in self.columns)

    @property
    def may_hide_members(self) -> bool:
        """Whether the CREATE statement may not show all members of a column (see `Column.may_hide_members`)."""
        return any(column.may_hide_members for column in self.columns)

    @property
    def indexes_vectors(self) -> bool:
        """Whether it has a VECTOR index of MariaDB."""
        return "\n  VECTOR KEY " in self.statement

    @property
    def lies_elsewhere(self) -> bool:
        """Whether files of it, or of a partition, lie in a folder of their own."""
        return "DIRECTORY" in self.statement and ParsedStatement(self.statement).has("DATA", "DIRECTORY")

    @property
    def file_bytes(self) -> int:
        """Bytes that a copy's file takes at most: InnoDB extends a file by up to 4 MiB at once."""
        return self.bytes + min(self.bytes, 4 << 20)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the key, in its order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)

    @property
    def definition(self) -> str:
        """The CREATE statement without what follows from the rows: the counter, and partitions that the server adds.

        The statement of `default_drops` follows it.
        """
        return f"{self._without_rows};\n{self.default_drops}" if self.default_drops else self._without_rows

    @property
    def creations(self) -> tuple[str, ...]:
        """The statements that make a table that is to get these rows."""
        made: tuple[str, ...] = (self._creation,)
        if any(column.queried for column in self.columns):
            own = (column for column in self.columns if not column.is_period)
            columns = ((column.name, column.collation, column.queried) for column in own)
            made = making_by_a_query(self._creation, columns)
        return (*made, self.default_drops) if self.default_drops else made

    @property
    def _creation(self) -> str:
        """The CREATE statement for a table that is to get these rows.

        Without the counter for ARCHIVE, which refuses values below it; its last row sets it again. Where a time is used
        as a condition, MySQL shows a literal that it would read back as another value. It does not show that a counted
        column takes NULL.
        """
        statement = self._without_rows if self.engine == "ARCHIVE" else self.statement
        statement = reduce(_taking_null, self.columns, statement)
        return _IS_A_TIME.sub(lambda match: "(" if match[1] == "<>" else "(not ", statement)

    @property
    def shape(self) -> str:
        """The definition in a form that is equal for two equal tables (see `shape_of`)."""
        return shape_of(self.definition)

    @property
    def _without_rows(self) -> str:
        shown = _AUTO_PARTITIONS.sub(r"\1", _REPEATED_CHARSET.sub("", _COUNTER.sub(r"\1", self.statement)))
        return reduce(_with_its_collation, self.columns, shown) if _CHARSET in shown else shown

    @property
    def default_drops(self) -> str:
        """The statement to run after the creation: that gives columns a default which this table's columns lack."""
        actions = [f"ALTER {sql.name(column.name)} DROP DEFAULT" for column in self.columns if column.without_default]
        return f"ALTER TABLE {sql.name(self.name)} {', '.join(actions)}" if actions else ""

    @property
    def counter(self) -> int | None:
        """The next AUTO_INCREMENT value; None where there is none in the definition."""
        match = _COUNTER.search(self.statement)
        return int(match[2]) if match else None


def shape_of(definition: str) -> str:
    """A definition with its unique keys sorted: the server may list them in any order."""
    return _UNIQUE_KEYS.sub(_sorted_lines, definition)


def _sorted_lines(lines: re.Match[str]) -> str:
    """The lines in alphabetical order; the last line of a statement has no comma."""
    whole = lines[0]
    ordered = sorted(line.rstrip(",") for line in whole.splitlines()[1:])
    return "".join(f"\n{line}," for line in ordered).removesuffix("" if whole.endswith(",") else ",")


def _with_its_collation(shown: str, column: Column) -> str:
    """A CREATE statement that shows this column's collation, where it shows the charset alone."""
    head = f"\n  {sql.name(column.name)} {column.type}"
    return re.sub(rf"{re.escape(head)}{_CHARSET}\w+", lambda _: f"{head} COLLATE {column.collation}", shown)


def _taking_null(statement: str, column: Column) -> str:
    """A CREATE statement by which the server lets this column have NULL, where it has and the server counts it.

    MySQL takes the word for nothing where it stands before AUTO_INCREMENT.
    """
    if not column.nullable:
        return statement
    head = f"\n  {sql.name(column.name)} {column.type}"
    return statement.replace(f"{head} AUTO_INCREMENT", f"{head} AUTO_INCREMENT NULL", 1)


def not_carried(table: Table, own: str, *, fold_case: bool) -> Iterator[str]:
    """Reasons why a copy or backup of a table would not be the same table; none where it would. `own`: its database."""
    if not table.stored:
        yield COMPUTED
    if table.lies_elsewhere:
        yield ELSEWHERE
    if table.goes_by_transactions:
        yield BY_TRANSACTIONS
    if ParsedStatement(table.statement).moved(own, "", fold_case=fold_case) != table.statement:
        yield BOUND
    for other in table.numbered_by(own, fold_case=fold_case):
        yield f"a default is a number of database {other}'s sequence"


@dataclass(frozen=True)
class NumberSequence:
    """A SEQUENCE of MariaDB: its CREATE statement, the next number that it gives out, and its round of a cycle."""

    statement: str
    next_number: int
    round: int
