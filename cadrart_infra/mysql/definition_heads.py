"""Converts the UTF-8 head of a definition to the character set of its body."""

from __future__ import annotations

import re

from cadrart_infra.mysql.session import Session

_QUOTED = rb"(`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\")"
_ABOVE = rb"^CREATE [^`\"]*(?:DEFINER=" + _QUOTED + rb"@" + _QUOTED + rb" )?[A-Z ]*"
_NAME = _ABOVE + rb"(?:PROCEDURE|FUNCTION|TRIGGER) " + _QUOTED
_EVENT = _ABOVE + rb"EVENT " + _QUOTED
_TABLE = rb"^CREATE [^\n]*? TRIGGER [^\n]*? (?:BEFORE|AFTER) (?:INSERT|UPDATE|DELETE) ON " + _QUOTED
_TYPE = rb"\) RETURNS ([^\n]*)\n"
_COMMENT = rb"(?:\n   | PRESERVE [A-Z ]*) COMMENT ('(?:[^'\\]|\\.|'')*')(?:\n| DO )"


def in_one_charset(session: Session, definition: bytes, charset: str) -> bytes:
    """The definition of a routine, trigger or event with its name, comment and types in its text's character set.

    Raises UnicodeError where that set lacks a character of theirs.
    """
    if charset.startswith("utf8"):
        return definition
    # MariaDB leaves the names of routines and triggers as they were written.
    in_utf8 = [_EVENT, _TYPE, _COMMENT, *([] if session.server.is_mariadb else [_NAME, _TABLE])]
    for pattern in in_utf8:
        found = re.search(pattern, definition, re.DOTALL)  # compiled here: every program would wait for it, few need it
        if found and _is_utf8(found[found.re.groups]):
            begin, end = found.span(found.re.groups)
            definition = definition[:begin] + _converted(session, definition[begin:end], charset) + definition[end:]
    return definition


def _is_utf8(text: bytes) -> bool:
    try:
        return not text.isascii() and bool(text.decode())
    except UnicodeDecodeError:
        return False


def _converted(session: Session, text: bytes, charset: str) -> bytes:
    value = f"_utf8mb4 x'{text.hex()}'"
    row = session.row(
        f"SELECT CAST(CONVERT({value} USING {charset}) AS BINARY), "
        f"CAST(CONVERT(CONVERT({value} USING {charset}) USING utf8mb4) AS BINARY)"
    )
    if row is None or row[1] != text:
        raise UnicodeError(f"its character set {charset} lacks a character of {text.decode()}")
    return bytes(row[0])
