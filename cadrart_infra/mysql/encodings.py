"""Reads and writes definitions in the character set of whoever made them, without losing a byte.

Asked for as text, a server turns what its own character set lacks into question marks, and literals like
`_latin1'…'` hold bytes that are no text at all. So definitions are read as bytes, and sent again as the same ones.
"""

from __future__ import annotations

import codecs

# In these a byte that looks like a backslash or a quote may be the second half of a character.
_ASCII_INSIDE = {"sjis": "shift_jis", "cp932": "cp932", "gbk": "gbk", "big5": "big5", "gb18030": "gb18030"}


def text_of(definition: bytes, charset: str = "utf8mb4") -> str:
    """For reading names in it; `bytes_of` gives the bytes back. Raises UnicodeError where that is not so."""
    text = definition.decode(_codec(charset), "surrogateescape")
    if bytes_of(text, charset) != definition:
        raise UnicodeError(f"the text is not what its character set {charset} allows")
    return text


def bytes_of(text: str, charset: str = "utf8mb4") -> bytes:
    """What was read by `text_of`, or made from it."""
    return text.encode(_codec(charset), "surrogateescape")


def _codec(charset: str) -> str:
    """Python's codec that keeps every byte and finds the same quotes, not always the one of the same name."""
    if charset.startswith("utf8"):
        return "utf-8"
    codec = _ASCII_INSIDE.get(charset, "latin-1")
    return codecs.lookup(codec).name
