"""Kinds of values that a JSON document of MySQL has and its text lacks: decimals, times, bytes, unsigned numbers.

Written as text and read again, 1.10 becomes the floating-point number 1.1, and a date a string. So the text is
written together with the places of such values and what they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.json_documents import json_types
from cadrart_infra.mysql.table_definitions import Column

_CAST = {
    "DATE": "DATE",
    "TIME": "TIME(6)",
    "DATETIME": "DATETIME(6)",
}
_LACKING = "DECIMAL|UNSIGNED|DATE|TIME|BLOB|BIT"
_BLOBS = {"249": "TINYBLOB", "250": "MEDIUMBLOB", "251": "LONGBLOB", "252": "BLOB"}
"""The types of bytes by the number that a document has for them: `base64:type252:AP8=`."""


def json_literal(column: Column, value: str, text: str) -> str:
    """An expression of a column's document, `value`, as SQL; `text`: an expression of its text as SQL."""
    whole = f"CONCAT('JSON_SET(CAST(', {text}, ' AS JSON)', {_typed(value)}, ')')"
    return f"IF({json_types(value, column.shapes)} REGEXP '{_LACKING}', {whole}, {text})"


def _typed(value: str) -> str:
    """`, 'path', value` for each of them, found by going down through objects and arrays."""
    step = "IF(JSON_TYPE(at.v) = 'OBJECT', CONCAT('.', JSON_QUOTE(down.k)), CONCAT('[', down.n - 1, ']'))"
    return (
        "(WITH RECURSIVE at (path, v) AS ("
        f"SELECT CAST('$' AS CHAR(16000)), {value} UNION ALL "
        f"SELECT CONCAT(at.path, {step}), JSON_EXTRACT(at.v, CONCAT('$', {step})) FROM at JOIN JSON_TABLE("
        "IF(JSON_TYPE(at.v) = 'OBJECT', JSON_KEYS(at.v), at.v), '$[*]' "
        "COLUMNS (n FOR ORDINALITY, k varchar(16000) PATH '$' NULL ON ERROR)) down "
        "WHERE JSON_TYPE(at.v) IN ('OBJECT', 'ARRAY')) "
        f"SELECT GROUP_CONCAT(', ', QUOTE(path), ', ', {_cast('v')} SEPARATOR '') FROM at "
        f"WHERE JSON_TYPE(v) REGEXP '{_LACKING}')"
    )


def _cast(value: str) -> str:
    text = f"JSON_UNQUOTE({value})"
    scale = f"IF(LOCATE('.', {text}), LENGTH({text}) - LOCATE('.', {text}), 0)"
    digits = f"LENGTH(REPLACE(REPLACE({text}, '-', ''), '.', ''))"
    kinds = [
        f"WHEN 'DECIMAL' THEN CONCAT('CAST(', {text}, ' AS DECIMAL(', {digits}, ',', {scale}, '))')",
        f"WHEN 'UNSIGNED INTEGER' THEN CONCAT('CAST(', {text}, ' AS UNSIGNED)')",
        *(f"WHEN '{kind}' THEN CONCAT('CAST(', QUOTE({text}), ' AS {to})')" for kind, to in _CAST.items()),
        f"WHEN 'TIMESTAMP' THEN {_of_a_column(f'QUOTE({text})', sql.text('TIMESTAMP(6)'))}",
        *_cast_of_bytes(text),
    ]
    return f"CASE JSON_TYPE({value}) {' '.join(kinds)} END"


def _cast_of_bytes(text: str) -> Iterator[str]:
    code = f"SUBSTRING_INDEX(SUBSTRING_INDEX({text}, ':', 2), 'type', -1)"
    value = f"FROM_BASE64(SUBSTRING_INDEX({text}, ':', -1))"
    blobs = " ".join(f"WHEN '{number}' THEN '{name}'" for number, name in _BLOBS.items())
    kind = f"CASE {code} {blobs} ELSE CONCAT(IF({code} = '254', '', 'VAR'), 'BINARY(', LENGTH({value}), ')') END"
    literal = f"CONCAT('x', QUOTE(HEX({value})))"
    yield f"WHEN 'BLOB' THEN {_of_a_column(literal, kind)}"
    bits = f"CONCAT('BIT(', 8 * LENGTH({value}), ')')"
    yield f"WHEN 'BIT' THEN {_of_a_column(f'CONV(HEX({value}), 16, 10)', bits)}"


def _of_a_column(value: str, kind: str) -> str:
    """Of types that only a column's value can have, and that it loses on its way out of a query unless it is part of a
    document; both are expressions of SQL."""
    document = "JSON_EXTRACT(JSON_ARRAY(v), '$[0]')"
    before, between, after = map(
        sql.text, (f"(SELECT {document} FROM JSON_TABLE(JSON_ARRAY(", "), '$[*]' COLUMNS (v ", " PATH '$')) one)")
    )
    return f"CONCAT({before}, {value}, {between}, {kind}, {after})"
