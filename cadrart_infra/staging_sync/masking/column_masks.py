"""Masks that fit their column's type: the column can hold each, and returns it as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.column_types import BINARY, INTEGERS, MEMBERS, TEMPORAL, TEXTUAL
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.masking.kinds import DATE, NUMBER, REMOVE, TEXTS, day, random_number


class Family(StrEnum):
    """What a type holds, as far as masks make a difference."""

    TEXT = "text"
    BLOB = "bytes"
    JSON = "JSON"
    NUMBER = "numbers"
    DATE = "dates"
    MEMBERS = "members of a list"
    OTHER = "values of a type of its own"


_FAMILIES = {
    **dict.fromkeys(TEXTUAL, Family.TEXT),
    **dict.fromkeys(BINARY, Family.BLOB),
    **dict.fromkeys((*INTEGERS, "decimal", "float", "double", "bit", "year"), Family.NUMBER),
    **dict.fromkeys(TEMPORAL, Family.DATE),
    **dict.fromkeys(MEMBERS, Family.MEMBERS),
    "json": Family.JSON,
}
_BITS = {"tinyint": 7, "smallint": 15, "mediumint": 23, "int": 31}
_NEUTRAL = {
    "year": "1970",
    "set": "0",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
    "inet4": "'0.0.0.0'",
    "inet6": "'::'",
}


def family_of(table: Table, column: Column) -> Family:
    """What a column holds. MariaDB's JSON is a text column with a CHECK."""
    if f"json_valid({sql.name(column.name)})" in table.statement:
        return Family.JSON
    return _FAMILIES.get(column.data_type, Family.OTHER)


def fitting_kinds(table: Table, column: Column) -> set[str]:
    """The kinds that can mask the column; none where it can only be kept."""
    group = family_of(table, column)
    kinds: dict[Family, set[str]] = {
        Family.TEXT: set(TEXTS),
        Family.BLOB: set(TEXTS),
        Family.NUMBER: {NUMBER},
        Family.DATE: {DATE},
    }
    found = kinds.get(group, set())
    if column.data_type == "uuid":
        found = {"token"}
    removable = column.nullable or group in (*kinds, Family.JSON) or column.data_type in _NEUTRAL
    return {*found, REMOVE} if removable else found


def column_mask(kind: str, column: Column, value: str) -> str:
    """The expression that stands for a value of the column; `kind` has to fit, see `fitting_kinds`."""
    if kind == REMOVE:
        return _removed(column)
    if column.data_type in {"bit", *INTEGERS} or column.has_zeros_in_front:
        # Without the zeros of ZEROFILL. MySQL may take a column for another one that it is joined to, zeros and all.
        value = f"({value} + 0)"
    elif column.charset not in (None, "utf8mb4"):
        value = f"CONVERT({value} USING utf8mb4)"
    if kind == NUMBER:
        return _numbers(column, random_number(value))
    if kind == DATE:
        return _dates(column, value)
    mask = TEXTS[kind](value)
    if column.data_type == "uuid":
        return _uuid(mask)
    return _cut(column, mask)


def _removed(column: Column) -> str:
    if column.nullable:
        return "NULL"
    group = _FAMILIES.get(column.data_type)
    if column.data_type in _NEUTRAL:
        return _NEUTRAL[column.data_type]
    if group is Family.JSON:
        return "CAST('null' AS JSON)"
    if group is Family.NUMBER:
        return _numbers(column, "0")
    if group is Family.DATE:
        return _as_date(column, "DATE '1971-01-01'", "0")
    return _cut(column, "''")


def _numbers(column: Column, number: str) -> str:
    kind, size = column.data_type, _sizes(column)
    if kind == "year":
        return f"(1901 + {number} % 155)"
    if kind == "bit":
        return f"({number} % {2 ** min(size[0], 60)})"
    if kind in ("float", "double"):
        whole = size[0] - size[1] if len(size) > 1 else 6
        return f"({number} % {10 ** min(whole, 6)} + 0E0)"
    if kind == "decimal":
        return _decimal(size[0], size[1], number)
    return f"({number} % {2 ** _BITS.get(kind, 60)})"


def _decimal(digits: int, scale: int, number: str) -> str:
    whole = min(digits - scale, 15)
    if whole:
        return f"CAST({number} % {10**whole} AS DECIMAL({digits}, {scale}))"
    places = min(scale, 15)
    return f"CAST(CONCAT('0.', LPAD({number} % {10**places}, {places}, '0')) AS DECIMAL({digits}, {scale}))"


def _dates(column: Column, value: str) -> str:
    return _as_date(column, day(value), f"{random_number(value)} % 86400")


def _as_date(column: Column, date: str, seconds: str) -> str:
    """A date as the column's type, with as many digits after the second as the column has."""
    digits = f"({size[0]})" if (size := _sizes(column)) else ""
    if column.data_type == "date":
        return date
    if column.data_type == "time":
        return f"CAST(SEC_TO_TIME({seconds}) AS TIME{digits})"
    return f"CAST({date} AS DATETIME{digits})"


def _uuid(digits: str) -> str:
    """A UUID of version 4: MariaDB refuses one whose version and variant do not fit together."""
    parts = (f"'{before}', SUBSTR({digits}, {start}, {length})" for before, start, length in _UUID_PARTS)
    return f"CONCAT({', '.join(parts)})"


_UUID_PARTS = (("", 1, 8), ("-", 9, 4), ("-4", 14, 3), ("-8", 18, 3), ("-", 21, 12))


def _cut(column: Column, mask: str) -> str:
    """As much of the mask as the column holds, padded or trimmed as the column would do it."""
    if column.charset not in (None, "utf8mb4"):
        mask = f"CONVERT({mask} USING {column.charset})"
    cut: dict[str, Callable[[int], str]] = {
        "varchar": lambda length: f"LEFT({mask}, {length})",
        "char": lambda length: f"RTRIM(LEFT({mask}, {length}))",
        "varbinary": lambda length: f"LEFT({mask}, {length})",
        "binary": lambda length: f"RPAD(LEFT(CAST({mask} AS BINARY), {length}), {length}, 0x00)",
    }
    return cut[column.data_type](_sizes(column)[0]) if column.data_type in cut else mask


def _sizes(column: Column) -> list[int]:
    """The numbers in the brackets of its type, e.g. 10 and 2 of decimal(10,2)."""
    found = re.match(r"\w+\(([\d,]+)\)", column.type)
    return [int(number) for number in found[1].split(",")] if found else []
