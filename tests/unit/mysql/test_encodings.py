"""Definitions as bytes: whatever the server holds is read, and sent again as the same bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra.mysql.encodings import bytes_of, text_of
from cadrart_infra.mysql.parsed_statement import ParsedStatement

TWO_BYTES = ("sjis", "cp932", "gbk", "big5")


@given(st.binary(max_size=40), st.sampled_from(["utf8mb4", "utf8mb3", "utf8", "latin1", "koi8r", "binary"]))
def test_every_definition_is_read_and_given_back(definition: bytes, charset: str) -> None:
    assert bytes_of(text_of(definition, charset), charset) == definition


@given(st.binary(max_size=40), st.sampled_from([*TWO_BYTES, "gb18030"]))
def test_what_cannot_be_given_back_is_an_error(definition: bytes, charset: str) -> None:
    with suppress(UnicodeError):
        assert bytes_of(text_of(definition, charset), charset) == definition


def test_a_character_that_utf8_lacks_is_no_question_mark() -> None:
    definition = b"CHECK (v <> _latin1'p\xe9rim\xe9')"

    text = text_of(definition)

    assert "?" not in text
    assert bytes_of(text) == definition


@pytest.mark.parametrize("charset", TWO_BYTES)
def test_a_second_half_that_looks_like_a_quote_or_backslash_ends_no_text(charset: str) -> None:
    """The last byte of each character is 0x5C; names are looked for outside of texts only."""
    character = {"sjis": b"\x95\x5c", "cp932": b"\x95\x5c", "gbk": b"\x81\x5c", "big5": b"\xa5\x5c"}[charset]
    definition = b"SELECT '" + character + b"', shop.t.a FROM shop.t"

    moved = ParsedStatement(text_of(definition, charset)).moved("shop", "next")

    assert bytes_of(moved, charset) == b"SELECT '" + character + b"', `next`.t.a FROM `next`.t"
