"""Finds the names of schemas in a statement that somebody else wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cadrart_infra.mysql.sql_tokens import Token, Tokens

# The name of a table or routine follows these; after a comma the list of tables goes on.
_TABLES_FOLLOW = {
    *("FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "UPDATE", "CALL", "TABLE", "TABLES", "VIEW", "REFERENCES"),
    *("TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"),
}
_INTO_A_TABLE = {"INSERT", "REPLACE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE"}
"""What stands before INTO where it names a table."""
_EXPRESSIONS_FOLLOW = {
    *("SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "SET", "VALUES", "VALUE", "DO", "THEN", "ELSE", "BEGIN"),
    *(";", "WINDOW", "UNION", "RETURN", "IF", "WHILE", "UNTIL", "CASE", "WHEN", "DELETE"),
}
_KEYWORDS = _TABLES_FOLLOW | _EXPRESSIONS_FOLLOW
_TAKE_FROM = {"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID", "OVERLAY"}  # FROM is no clause between their brackets
_ROWS = {"new", "old"}
"""A trigger's rows; a schema of such a name is one where a table or a routine is named."""
# What MariaDB writes before functions and types that another sql_mode would read otherwise: no databases.
_OF_FUNCTIONS = {"mariadb_schema", "maxdb_schema", "oracle_schema"}
_SHOW_OF_A_SCHEMA = {"TABLES", "TRIGGERS", "EVENTS", "STATUS"}
_SHOW_OF_A_TABLE = {"COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS"}
_NO_SCHEMA = {
    *("IF", "NOT", "EXISTS"),
    *("CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "COMMENT", "ENCRYPTION", "READ", "UPGRADE"),
}
"""What may follow ALTER DATABASE in the place of a name."""


def schema_names(tokens: Tokens) -> tuple[tuple[int, str], ...]:
    """The index of every token that names a schema, and the name as it is spelled there."""
    return tuple(_Finder(tokens).found())


class _Place:
    """Follows a statement token by token, brackets included; `tables`: whether tables are named at this point."""

    def __init__(self) -> None:
        self.tables = False
        self._condition = False  # of a JOIN: a comma after it goes on with the tables
        self._outer: list[tuple[bool, bool, bool]] = []
        self._from_is_clause = True

    def pass_over(self, before: Token | None, token: Token) -> None:
        """Goes on by one token that is neither space nor comment; `before`: the one before it."""
        word, last = token.keyword, before.keyword if before else ""
        if word == "(":
            self._open(last, is_call=before is not None and bool(before.plain) and last not in _TABLES_FOLLOW)
        elif word == ")" and self._outer:
            self.tables, self._condition, self._from_is_clause = self._outer.pop()
        elif word == "," and self._condition:
            self.tables, self._condition = True, False
        elif word in ("ON", "USING"):
            # In a trigger's head ON names its table; in a JOIN a condition follows.
            trigger = word == "ON" and last in ("INSERT", "UPDATE", "DELETE")
            self._condition, self.tables = self.tables and not trigger, trigger
        elif word == "INTO":  # of SELECT and FETCH it names variables, a row's columns among them
            self.tables = last in _INTO_A_TABLE
        elif word in _TABLES_FOLLOW and not (word == "FROM" and not self._from_is_clause):
            self.tables = not (word == "UPDATE" and last in ("KEY", "FOR"))
        elif word in _EXPRESSIONS_FOLLOW:
            self.tables = self._condition = False

    def _open(self, last: str, *, is_call: bool) -> None:
        self._outer.append((self.tables, self._condition, self._from_is_clause))
        self._from_is_clause = last not in _TAKE_FROM
        self.tables = self.tables and not is_call
        self._condition = False


@dataclass(frozen=True)
class _Finder:
    tokens: Tokens

    def _at(self, position: int) -> Token:
        return self.tokens.at(position)

    def found(self) -> Iterator[tuple[int, str]]:
        """Each token's index that names a schema, with the name."""
        introduced, place = self._introduced(), _Place()
        for position, index in enumerate(self.tokens.indexes):
            token = self._at(position)
            place.pass_over(self._at(position - 1) if position else None, token)
            if self._begins_a_chain(position):
                is_schema = self._is_schema(position, introduced, tables=place.tables)
            else:
                is_schema = self._stands_for_a_schema(position)
            if is_schema:
                yield index, token.plain

    def _begins_a_chain(self, position: int) -> bool:
        token = self._at(position)
        return (
            bool(token.plain)
            and self._at(position + 1).text == "."
            and self._at(position - 1).text not in (".", "@")
            and not token.text.isdecimal()
        )

    def _is_schema(self, position: int, introduced: set[str], *, tables: bool) -> bool:
        """`a.b.c` begins with a schema; `a.b` does where a table or routine is named, or where `a` is nothing else."""
        if not tables and self._at(position).plain.lower() in _OF_FUNCTIONS:
            return False
        if self._at(position + 3).text == ".":
            return True
        first = self._at(position).plain.lower()
        if self._is_type_of_a_column(position):
            return False
        if tables or self._at(position + 3).text == "(":
            return True
        return first not in introduced | _ROWS

    def _is_type_of_a_column(self, position: int) -> bool:
        """MariaDB's `TYPE OF table.column`, and `table.column%TYPE` in its Oracle mode."""
        words = [self._at(near).keyword for near in (position - 3, position - 2, position - 1)]
        if words[1:] == ["TYPE", "OF"]:
            return words[0] != "ROW"  # the type of a whole table
        return [self._at(position + behind).keyword for behind in (3, 4)] == ["%", "TYPE"]

    def _stands_for_a_schema(self, position: int) -> bool:
        """A name without a dot: `DROP DATABASE a`, `SHOW TABLES FROM a`, `SHOW COLUMNS FROM t FROM a`."""
        token, before = self._at(position), position - 1
        if not token.plain or self._at(position + 1).text == "." or self._at(before).text == ".":
            return False
        if self._at(before).keyword in ("FROM", "IN"):
            shown = self._shown_before(before)
            return bool(shown & _SHOW_OF_A_SCHEMA) or bool(shown & _SHOW_OF_A_TABLE and shown & {"FROM", "IN"})
        while self._at(before).keyword in ("IF", "NOT", "EXISTS"):
            before -= 1
        return self._at(before).keyword in ("DATABASE", "SCHEMA") and token.keyword not in _NO_SCHEMA

    def _shown_before(self, position: int) -> set[str]:
        """The words of a SHOW statement up to there; none where it is another statement."""
        words = set[str]()
        for before in range(position - 1, max(position - 9, -1), -1):
            word = self._at(before).keyword
            if word in ("SHOW", ";"):
                return words if word == "SHOW" else set()
            words.add(word)
        return set()

    def _introduced(self) -> set[str]:
        """Names that stand by themselves, or end a chain where a table is named: tables, aliases, variables."""
        found, place = set(), _Place()
        for position in range(len(self.tokens.indexes)):
            token = self._at(position)
            place.pass_over(self._at(position - 1) if position else None, token)
            ends = self._at(position + 1).text != "." and (place.tables or self._at(position - 1).text != ".")
            if token.plain and ends and (token.kind == "quoted" or token.keyword not in _KEYWORDS):
                found.add(token.plain.lower())
        return found
