"""A row as one text, so that the server can compare and hash it: no two different rows have the same text."""

from __future__ import annotations

from collections.abc import Iterable

from cadrart_infra.mysql.column_types import BINARY, BY_NUMBER, INTEGERS, TEMPORAL, TEXTUAL
from cadrart_infra.mysql.table_definitions import Column

_ADDRESSES = {"uuid", "inet4", "inet6"}  # 'N' beside one would be taken for an address that is none: NULL
_WITHOUT_COMMA = {
    *INTEGERS,
    *TEMPORAL,
    *("decimal", "year"),
    "json",  # may hold commas, but shows itself where it ends, and never begins with N
}


def joined_texts(parts: Iterable[str]) -> str:
    """Texts of values as the text of a row."""
    return f"CONCAT_WS(',', {', '.join(parts)})"


def value_text(column: Column, value: str) -> str:
    """The expression of the text of one value of the column's type.

    A letter distinguishes NULL from every value, and a value that may hold any character carries its length.
    """
    if column.data_type in BY_NUMBER:
        return f"IFNULL({number_of(value)}, 'N')"
    if column.data_type in ("float", "double"):
        return f"IFNULL({exact_number(value)}, 'N')"
    if column.data_type in _ADDRESSES:
        return f"IFNULL(CAST({value} AS CHAR), 'N')"
    if column.data_type in _WITHOUT_COMMA:
        return f"IFNULL({value}, 'N')"
    if column.data_type in TEXTUAL:
        # Where it is another one, some of its bytes may have no Unicode character, or share one.
        utf8mb4 = column.charset == "utf8mb4"
        value = in_one_collation(column, value) if utf8mb4 else f"CAST({value} AS BINARY)"
    if column.data_type in BINARY or column.data_type in TEXTUAL:
        return f"IFNULL(LENGTH({value}), 'N'), IFNULL({value}, '')"
    return f"IFNULL(HEX({value}), 'N')"


def in_one_collation(column: Column, value: str) -> str:
    """The expression of a text's value that can stand beside others: servers put no two binary collations together."""
    collation = column.collation or ""
    if not collation.endswith("_bin") or collation == "utf8mb4_bin":
        return value
    return f"CONVERT({value} USING utf8mb4)"


def number_of(value: str) -> str:
    """An expression of the number that is kept for an ENUM, SET or BIT: with + 0 a SET's would be a double on MySQL."""
    return f"CAST({value} AS UNSIGNED)"


def row_hash(text: str) -> str:
    """A number of 60 bits for a row's text.

    A row too long for the server's max_allowed_packet has no hash; a number that never comes twice makes its rows
    differ for good, so that they are never taken for the same.
    """
    return f"IFNULL(CAST(CONV(LEFT(SHA2({text}, 256), 15), 16, 10) AS UNSIGNED), UUID_SHORT())"


COUNT_ROWS = "SET @cadrart_rows = 0, @cadrart_digest = CAST(0 AS DECIMAL(65))"
"""Before a statement with the condition `counting_condition`."""
COUNTED = ("@cadrart_rows", "@cadrart_digest")
"""What it came to: how many rows the statement read, and the sum of their hashes."""


def counting_condition(text: str) -> str:
    """A condition that always holds, and counts each row that it is asked for, with its text.

    It identifies what was read of a table that changes between two statements, with and without a transaction.
    """
    rows, digest = COUNTED
    return f"({rows} := {rows} + 1) > 0 AND ({digest} := {digest} + {row_hash(text)}) >= 0"


_SHIFTS = (("1e200", -700), ("1e100", -400), ("1e-99", 0), ("1e-199", 400), ("1e-299", 700), ("0", 1000))
"""From which size on a number is multiplied by which power of two, so that its exponent has two digits at most."""


def exact_number(value: str) -> str:
    """An expression of a FLOAT's or DOUBLE's text with all its digits, as SQL; without a value it is NULL.

    By themselves servers show six digits of a FLOAT, and never more than 22 characters, which are too few for a sign
    or an exponent of three digits. Powers of two change no digit of the number that is stored.
    """
    size = f"ABS({value} * 1E0)"
    sign = f"IF(LEFT(CONCAT({value} * 1E0), 1) = '-', '-', '')"  # also of zero
    cases = []
    for least, shift in _SHIFTS:
        scaled, back = (f"{size} * POW(2, {shift})", f" * POW(2, {-shift})") if shift else (size, "")
        cases.append(f"WHEN {size} >= {least} THEN CONCAT('''', {sign}, {scaled}, '''{back}')")
    return f"CASE WHEN {value} = 0 THEN CONCAT('''', {sign}, '0''') {' '.join(cases)} END"
