"""SQL text in pieces: comments, texts, names, and all that is between them.

A text is read as its object's own sql_mode has it: under ANSI_QUOTES double quotes hold a name, under
NO_BACKSLASH_ESCAPES a backslash is a character like others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


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
    # What a server reads behind /*! it keeps without that mark; what stands behind /*M! reads MariaDB alone, likewise.
    # Two dashes need a space or a control character behind them, which may be the line's end: the next line is none.
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


def tokens(statement: str, sql_mode: str | None) -> list[Token]:
    """The whole statement in pieces; joined again they are the statement."""
    modes = set((sql_mode or "").upper().split(","))
    pattern = _pattern(
        ansi_quotes=bool(modes & {"ANSI", "ANSI_QUOTES"}), backslashes="NO_BACKSLASH_ESCAPES" not in modes
    )
    return [Token(str(match.lastgroup), match.group()) for match in pattern.finditer(statement)]
