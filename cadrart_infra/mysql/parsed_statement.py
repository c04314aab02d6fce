"""Parses foreign SQL as far as needed: which schemas it names, who owns the object that it creates, and its comment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from cadrart_infra.mysql.schema_names import schema_names
from cadrart_infra.mysql.sql import name
from cadrart_infra.mysql.sql_tokens import Token, Tokens, tokens

_COMMENTED = re.compile(
    r"(?: RETURNS [^\n]*)?(?:\n    (?:LANGUAGE \w+|NO SQL|(?:READS|MODIFIES) SQL DATA|DETERMINISTIC|SQL SECURITY \w+))*"
    r"\n    COMMENT '(?:[^']|'')*'(?=\n)"
)
"""The part of a routine, as SHOW writes it, from the end of its parameters to its comment."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_STANDS_FOR = {"0": "\0", "n": "\n", "r": "\r", "Z": "\x1a"}


@dataclass(frozen=True)
class ParsedStatement:
    """One statement, read under the sql_mode of the object that it makes."""

    statement: str
    sql_mode: str | None = None

    @cached_property
    def _tokens(self) -> Tokens:
        return tokens(self.statement, self.sql_mode)

    @property
    def _all(self) -> tuple[Token, ...]:
        return self._tokens.all

    @cached_property
    def schemas(self) -> tuple[tuple[int, str], ...]:
        """See `schema_names`."""
        return schema_names(self._tokens)

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
        """Whether it has these words, given in capitals, one after the other."""
        found = self._tokens.keywords
        return any(tuple(found[at : at + len(words)]) == words for at in range(len(found)))

    def may_build(self, schema: str) -> bool:
        """Whether a text in it may become a statement that names the schema when it runs.

        The schema's name before a dot counts as SQL unless it is part of an address. Where the object prepares
        statements, the name alone counts too. The object's own comment, with an example of a call perhaps, never runs.
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
        position = next(
            (p for p in range(min(8, len(self._tokens.indexes))) if self._tokens.at(p).keyword == "DEFINER"), None
        )
        if position is None or self._tokens.at(position + 1).text != "=":
            return range(0)
        last = position + 2
        while self._tokens.at(last + 1).text == "@":
            last += 2
        begin, end = self._tokens.indexes[position], self._tokens.indexes[last] + 1
        return range(begin, end + (self._all[end].kind == "space" if end < len(self._all) else 0))

    def with_whole_user(self) -> str:
        """The CREATE EVENT statement with its owner as the account was named.

        MariaDB keeps an event's owner as one text, and shows all that stands behind the first @ as the host. A host
        has no @, so the last one ends the name.
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
        keywords = self._tokens.keywords
        clause = ["ON", "COMPLETION", "NOT", "PRESERVE"]
        first = next((at for at in range(len(keywords)) if keywords[at : at + len(clause)] == clause), None)
        if first is None:
            return self.statement
        begin, end = self._tokens.indexes[first], self._tokens.indexes[first + len(clause) - 1]
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
        head = [self._all[index].keyword for index in self._tokens.indexes[:10] if index not in clause]
        kind = next((word for word in head if word in ("EVENT", "PROCEDURE", "FUNCTION", "TRIGGER")), "")
        if kind == "EVENT":
            return self._comment_of_event()
        return self._comment_of_routine() if kind in ("PROCEDURE", "FUNCTION") else 0

    def _comment_of_event(self) -> int:
        """Index of the token; 0 where there is none before what the event does."""
        keywords = self._tokens.keywords
        if "DO" not in keywords:
            return 0
        found = [at for at in range(keywords.index("DO")) if keywords[at] == "COMMENT"]
        return self._tokens.indexes[found[-1] + 1] if found else 0

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
        positions = range(len(self._tokens.indexes))
        preserve = next((position for position in positions if self._tokens.at(position).keyword == "PRESERVE"), None)
        if preserve is None:
            return self.statement
        elsewhere = self._tokens.at(preserve + 2).keyword == "ON"  # DISABLE ON SLAVE, DISABLE ON REPLICA
        first, last = self._tokens.indexes[preserve + 1], self._tokens.indexes[preserve + (3 if elsewhere else 1)]
        pieces = [token.text for token in self._all]
        return "".join([*pieces[:first], "DISABLE", *pieces[last + 1 :]])


def _in_quotes_of(token: Token, new: str) -> str:
    return '"' + new.replace('"', '""') + '"' if token.text.startswith('"') else name(new)


def same_name(left: str, right: str, *, fold_case: bool) -> bool:
    """Whether two spellings are one schema for a server that folds case, or does not."""
    return left.casefold() == right.casefold() if fold_case else left == right
