"""Parses foreign SQL as far as needed: which names are schemas, and who owns the object that it creates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from cadrart_infra.mysql.sql import name
from cadrart_infra.mysql.sql_tokens import Token, tokens

# What a table's name follows; a comma in such a list goes on with it.
_TABLES_FOLLOW = {
    *("FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "UPDATE", "CALL", "TABLE", "TABLES", "VIEW", "REFERENCES"),
    *("TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"),
}
_EXPRESSIONS_FOLLOW = {
    *("SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "SET", "VALUES", "VALUE", "DO", "THEN", "ELSE", "BEGIN"),
    *(";", "WINDOW", "UNION", "RETURN", "IF", "WHILE", "UNTIL", "CASE", "WHEN", "DELETE"),
}
_KEYWORDS = _TABLES_FOLLOW | _EXPRESSIONS_FOLLOW
_TAKE_FROM = {"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID", "OVERLAY"}  # FROM is no clause between their brackets
_ROWS = {"new", "old"}
# Before functions and types of MariaDB that another sql_mode has otherwise: no database, and no rows in it.
_OF_FUNCTIONS = {"mariadb_schema", "maxdb_schema", "oracle_schema"}
_SHOW_OF_A_SCHEMA = {"TABLES", "TRIGGERS", "EVENTS", "STATUS"}
_SHOW_OF_A_TABLE = {"COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS"}
_NO_SCHEMA = {
    *("IF", "NOT", "EXISTS"),
    *("CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "COMMENT", "ENCRYPTION", "READ", "UPGRADE"),
}
"""What may follow ALTER DATABASE in the place of a name."""

_COMMENTED = re.compile(
    r"(?: RETURNS [^\n]*)?(?:\n    (?:LANGUAGE \w+|NO SQL|(?:READS|MODIFIES) SQL DATA|DETERMINISTIC|SQL SECURITY \w+))*"
    r"\n    COMMENT '(?:[^']|'')*'(?=\n)"
)
"""What SHOW writes of a routine from its parameters to its comment."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_STANDS_FOR = {"0": "\0", "n": "\n", "r": "\r", "Z": "\x1a"}


class _Place:
    """Whether tables are being named at a token, followed from the statement's beginning through its brackets."""

    def __init__(self) -> None:
        self.tables = False
        self._condition = False  # of a JOIN: a comma after it goes on with the tables
        self._outer: list[tuple[bool, bool, bool]] = []
        self._from_is_clause = True

    def pass_over(self, before: Token | None, token: Token) -> None:
        """Go on by one token that is neither space nor comment."""
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
class Text:
    """One statement, read under the sql_mode of the object that it makes."""

    statement: str
    sql_mode: str | None = None

    @cached_property
    def _all(self) -> list[Token]:
        return tokens(self.statement, self.sql_mode)

    @cached_property
    def _telling(self) -> list[int]:
        return [index for index, token in enumerate(self._all) if token.kind not in ("space", "comment")]

    def _at(self, position: int) -> Token:
        return self._all[self._telling[position]] if 0 <= position < len(self._telling) else Token("other", "")

    @cached_property
    def schemas(self) -> tuple[tuple[int, str], ...]:
        """Every place (an index of the tokens) where a schema is named, and the name as it stands there."""
        introduced, place = self._introduced(), _Place()
        found = []
        for position, index in enumerate(self._telling):
            token = self._all[index]
            place.pass_over(self._at(position - 1) if position else None, token)
            if self._begins_a_chain(position):
                is_schema = self._is_schema(position, introduced, tables=place.tables)
            else:
                is_schema = self._stands_for_a_schema(position)
            if is_schema:
                found.append((index, token.plain))
        return tuple(found)

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
        if first in _ROWS or self._is_type_of_a_column(position):
            return False
        return first not in introduced or tables or self._at(position + 3).text == "("

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
        for position in range(len(self._telling)):
            token = self._at(position)
            place.pass_over(self._at(position - 1) if position else None, token)
            ends = self._at(position + 1).text != "." and (place.tables or self._at(position - 1).text != ".")
            if token.plain and ends and (token.kind == "quoted" or token.keyword not in _KEYWORDS):
                found.add(token.plain.lower())
        return found

    def moved(self, old: str, new: str, *, fold_case: bool = False) -> str:
        """The statement with the schema `old` replaced by `new`, also in another spelling where the server folds case.

        Texts, comments, and tables or aliases of the same name stay as they are.
        """
        places = {index for index, found in self.schemas if same_name(found, old, fold_case=fold_case)}
        return "".join(
            _in_quotes_of(token, new) if index in places else token.text for index, token in enumerate(self._all)
        )

    def other_schemas(self, own: str, *, fold_case: bool = False) -> set[str]:
        """Schemas that are named and are neither `own` nor information_schema, which holds no rows of its own."""
        return {
            found
            for _, found in self.schemas
            if not same_name(found, own, fold_case=fold_case) and found.lower() != "information_schema"
        }

    def has(self, *words: str) -> bool:
        """Whether these plain words, in capitals, stand in it one behind the other."""
        found = [self._at(position).keyword for position in range(len(self._telling))]
        return any(tuple(found[at : at + len(words)]) == words for at in range(len(found)))

    def may_build(self, schema: str) -> bool:
        """Whether a text in it may become, at run time, a statement that names the schema.

        The schema's name before a dot is taken for SQL unless it is part of an address; where the object prepares
        statements, so is the name by itself. What the object's own comment says, an example of a call for one, never
        runs.
        """
        comment = self._comment()
        texts = [token.text for index, token in enumerate(self._all) if token.kind == "text" and index != comment]
        escaped = re.escape(schema)
        pattern = rf"[`\"]{escaped}[`\"]+\s*\."
        if re.fullmatch(r"[\w$]+", schema):  # others are no names without quotes
            pattern += rf"|(?<![\w$.@/-]){escaped}\s*\."
        if any(token.keyword in ("PREPARE", "IMMEDIATE") for token in self._all):
            pattern += rf"|[`\"]{escaped}[`\"]|^(['\"])\s*{escaped}\s*\1$"
        return any(re.search(pattern, text, re.IGNORECASE) for text in texts)

    def without_definer(self) -> str:
        """The CREATE statement without its DEFINER clause: the object then belongs to whoever creates it."""
        clause = self._definer_clause()
        return "".join(token.text for index, token in enumerate(self._all) if index not in clause)

    def definer(self) -> str:
        """The owner that the statement names, as user@host; empty where it names none."""
        clause = self._definer_clause()
        return "".join(self._all[index].plain or self._all[index].text for index in list(clause)[2:]).strip()

    def _definer_clause(self) -> range:
        """Indexes of the tokens of `DEFINER = user@host` and the space behind it."""
        position = next((p for p in range(min(8, len(self._telling))) if self._at(p).keyword == "DEFINER"), None)
        if position is None or self._at(position + 1).text != "=":
            return range(0)
        last = position + 2
        while self._at(last + 1).text == "@":
            last += 2
        begin, end = self._telling[position], self._telling[last] + 1
        return range(begin, end + (self._all[end].kind == "space" if end < len(self._all) else 0))

    def with_whole_user(self) -> str:
        """The CREATE EVENT statement with its owner as he was named.

        MariaDB keeps an event's owner as one text, and shows what stands behind the first @ as his
        host, which has none.
        """
        clause = self._definer_clause()
        host = next((index for index in reversed(clause) if self._all[index].plain), 0)
        user, _, rest = self._all[host].plain.rpartition("@") if host else ("", "", "")
        if not user or self._all[host - 1].text != "@":
            return self.statement
        whole = f"{name(f'{self._all[host - 2].plain}@{user}')}@{name(rest)}"
        pieces = [token.text for token in self._all]
        return "".join([*pieces[: host - 2], whole, *pieces[host + 1 :]])

    def without_default_of_completion(self) -> str:
        """The CREATE EVENT statement, as SHOW writes it, without ON COMPLETION NOT PRESERVE, which is the default.

        Under HIGH_NOT_PRECEDENCE MySQL writes that clause, but does not read it.
        """
        keywords = [self._at(position).keyword for position in range(len(self._telling))]
        clause = ["ON", "COMPLETION", "NOT", "PRESERVE"]
        first = next((at for at in range(len(keywords)) if keywords[at : at + len(clause)] == clause), None)
        if first is None:
            return self.statement
        begin, end = self._telling[first], self._telling[first + len(clause) - 1]
        return "".join(token.text for token in [*self._all[:begin], *self._all[end + 2 :]])

    def with_readable_comment(self) -> str:
        """The CREATE statement of a routine or event, as SHOW writes it, with its comment as its own sql_mode reads it.

        Servers write backslashes into that comment, and under NO_BACKSLASH_ESCAPES do not take them out again.
        """
        if "NO_BACKSLASH_ESCAPES" not in (self.sql_mode or ""):
            return self.statement
        index = self._comment()
        pieces = [token.text for token in self._all]
        if index:
            pieces[index] = _ESCAPED.sub(lambda match: _STANDS_FOR.get(match[1], match[1]), pieces[index])
        return "".join(pieces)

    def _comment(self) -> int:
        """Index of the token with the object's own comment, as SHOW writes it; 0 where it has none."""
        clause = set(self._definer_clause())
        head = [self._all[index].keyword for index in self._telling[:10] if index not in clause]
        kind = next((word for word in head if word in ("EVENT", "PROCEDURE", "FUNCTION", "TRIGGER")), "")
        if kind == "EVENT":
            return self._comment_of_event()
        return self._comment_of_routine() if kind in ("PROCEDURE", "FUNCTION") else 0

    def _comment_of_event(self) -> int:
        """Index of the token; 0 where there is none before what the event does."""
        keywords = [self._at(position).keyword for position in range(len(self._telling))]
        if "DO" not in keywords:
            return 0
        found = [at for at in range(keywords.index("DO")) if keywords[at] == "COMMENT"]
        return self._telling[found[-1] + 1] if found else 0

    def _comment_of_routine(self) -> int:
        """Index of the token; 0 where there is none between the parameters and what the routine does."""
        ends = self._end_of_parameters()
        place = sum(len(token.text) for token in self._all[:ends])
        match = _COMMENTED.match(self.statement, place) if ends else None
        while match and place < match.end():
            place += len(self._all[ends].text)
            ends += 1
        return ends - 1 if match else 0

    def _end_of_parameters(self) -> int:
        """Index of the token behind them; 0 where there are none."""
        depth = 0
        for index, token in enumerate(self._all):
            depth += {"(": 1, ")": -1}.get(token.keyword, 0)
            if token.keyword == ")" and depth == 0:
                return index + 1
        return 0

    def disabled_event(self) -> str:
        """The CREATE EVENT statement, as SHOW writes it, with the event disabled from the start."""
        positions = range(len(self._telling))
        preserve = next((position for position in positions if self._at(position).keyword == "PRESERVE"), None)
        if preserve is None:
            return self.statement
        elsewhere = self._at(preserve + 2).keyword == "ON"  # DISABLE ON SLAVE, DISABLE ON REPLICA
        first, last = self._telling[preserve + 1], self._telling[preserve + (3 if elsewhere else 1)]
        pieces = [token.text for token in self._all]
        return "".join([*pieces[:first], "DISABLE", *pieces[last + 1 :]])


def _in_quotes_of(token: Token, new: str) -> str:
    return '"' + new.replace('"', '""') + '"' if token.text.startswith('"') else name(new)


def same_name(left: str, right: str, *, fold_case: bool) -> bool:
    """Whether two spellings are one schema for a server that folds case, or does not."""
    return left.casefold() == right.casefold() if fold_case else left == right
