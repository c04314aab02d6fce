"""Splits SQL into tokens: comments, texts, names, and what is between them.

The statement is read under its object's own sql_mode: under ANSI_QUOTES double quotes hold a name, under
NO_BACKSLASH_ESCAPES a backslash is a character like others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Token:
    """A piece of the text: a comment, text, name (quoted or a plain word), space, or one other character."""

    kind: str
    text: str

    @property
    def plain(self) -> str:
        """A name without its quotes; empty for what is no name."""
        if self.kind == "quoted":
            quote = self.text[0]
            return self.text[1:-1].replace(quote * 2, quote)
        return self.text if self.kind == "word" else ""

    @property
    def keyword(self) -> str:
        """A plain word in capitals; other characters as they are."""
        return self.text.upper() if self.kind in ("word", "other") else ""


def _pattern(*, ansi_quotes: bool, backslashes: bool) -> re.Pattern[str]:
    # Comments, texts and quoted names are one token each, so that nothing is looked for inside of them.
    # A server keeps what it reads behind /*! without that mark; MariaDB likewise what stands behind /*M!.
    # Two dashes begin a comment only before a space or a control character; that may be the end of the line.
    inside = r"(?:[^{0}\\]|\\.|{0}{0})*" if backslashes else r"(?:[^{0}]|{0}{0})*"
    single, double = f"'{inside.format(chr(39))}'", f'"{inside.format(chr(34))}"'
    quoted = r"`(?:[^`]|``)*`" + (r'|"(?:[^"]|"")*"' if ansi_quotes else "")
    return re.compile(
        rf"(?P<comment>/\*(?!!).*?\*/|--(?=[\x00-\x20\x7f]|$)[^\n]*|\#[^\n]*)"
        rf"|(?P<text>{single if ansi_quotes else f'{single}|{double}'})"
        rf"|(?P<quoted>{quoted})"
        r"|(?P<word>[\w$]+)"
        r"|(?P<space>\s+)"
        r"|(?P<other>.)",
        re.DOTALL,
    )


@dataclass(frozen=True)
class Tokens:
    """All tokens of a statement; joined again they are the statement.

    A token's index counts all of them; its position counts only those that are neither space nor comment.
    """

    all: tuple[Token, ...]

    @cached_property
    def indexes(self) -> list[int]:
        """The index of the token at each position."""
        return [index for index, token in enumerate(self.all) if token.kind not in ("space", "comment")]

    @cached_property
    def keywords(self) -> list[str]:
        """The keyword at each position."""
        return [self.all[index].keyword for index in self.indexes]

    def at(self, position: int) -> Token:
        """The token at a position; an empty one before the first and after the last."""
        return self.all[self.indexes[position]] if 0 <= position < len(self.indexes) else Token("other", "")


def tokens(statement: str, sql_mode: str | None) -> Tokens:
    """The whole statement in pieces."""
    modes = set((sql_mode or "").upper().split(","))
    pattern = _pattern(
        ansi_quotes=bool(modes & {"ANSI", "ANSI_QUOTES"}), backslashes="NO_BACKSLASH_ESCAPES" not in modes
    )
    return Tokens(tuple(Token(str(match.lastgroup), match.group()) for match in pattern.finditer(statement)))
