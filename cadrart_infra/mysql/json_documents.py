"""The types of the values in MySQL's JSON documents, which their text does not show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import Refused
from cadrart_infra.mysql.session import Row, Session
from cadrart_infra.mysql.table_definitions import Column, DocumentShape, Table

_SAMPLE_ROWS = 100
_SHAPES = 3  # each that a document does not have costs a little before the next one is tried
_MEMBERS = 40


def json_types(value: str, shapes: Sequence[DocumentShape] = ()) -> str:
    """An expression of the types of everything in a document, in an order that is the same for equal ones.

    Looking through a document takes far longer than everything else that is done with its row. One of these `shapes`,
    with no other document in it, is asked for its members by name, which takes half of that; the answer is the same.
    """
    types = _looked_through(value)
    for shape in reversed(shapes):
        types = f"IFNULL({_by_name(value, shape)}, {types})"
    return types


def _looked_through(value: str) -> str:
    members, elements = (
        f"(SELECT GROUP_CONCAT(JSON_TYPE(inner_value)) FROM JSON_TABLE({value}, '{path}' "
        "COLUMNS (inner_value JSON PATH '$')) inner_values)"
        for path in ("$**.*", "$**[*]")
    )
    return f"CONCAT_WS('|', JSON_TYPE({value}), {members}, {elements})"


def _by_name(value: str, shape: DocumentShape) -> str:
    """NULL for a document of another shape; as many members and none of these missing are these.

    A null is no value to JSON_TABLE.
    """
    members = ", ',', ".join(f"JSON_TYPE(JSON_EXTRACT({value}, {_path(name)}))" for name in shape)
    types = f"INSERT(REPLACE(CONCAT(',', {members}), ',NULL', ''), 1, 1, '|')"
    flat = f"JSON_LENGTH({value}) = {len(shape)} AND NOT JSON_CONTAINS_PATH({value}, 'one', '$.*.*', '$.*[*]')"
    return f"IF({flat}, CONCAT('OBJECT', {types}), NULL)"


def _path(name: str) -> str:
    return sql.text(f"$.{json.dumps(name, ensure_ascii=False)}")


def hashed_types(column: Column, value: str) -> str:
    """An expression of a number of bytes that does not grow with the document, for `json_types` of a column's."""
    return f"SHA2({json_types(value, column.shapes)}, 256)"


def with_shapes(session: Session, schema: str, table: Table) -> Table:
    """The table, with the shapes that most of some rows' documents have; what cannot be read now has none."""
    return replace(table, columns=tuple(_sampled(session, schema, table, column) for column in table.columns))


def _sampled(session: Session, schema: str, table: Table, column: Column) -> Column:
    if column.data_type != "json":
        return column
    newest = ", ".join(f"{sql.name(name)} DESC" for name in table.key)
    rows = f"{sql.table(schema, table.name)} " + (f"ORDER BY {newest} " if newest else "")
    found: Sequence[Row] = ()
    with suppress(Refused):
        found = session.rows(
            f"SELECT CAST(members AS CHAR) FROM (SELECT JSON_KEYS({sql.name(column.name)}) members FROM {rows}"
            f"LIMIT {_SAMPLE_ROWS}) sample WHERE members IS NOT NULL GROUP BY members "
            f"ORDER BY COUNT(*) DESC LIMIT {_SHAPES}"
        )
    shapes = (tuple(json.loads(members)) for (members,) in found)
    return replace(column, shapes=tuple(shape for shape in shapes if 0 < len(shape) <= _MEMBERS))
