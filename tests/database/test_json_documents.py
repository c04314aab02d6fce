"""The types within a document of MySQL: asked for by name where its shape is known, and the answer is the same."""

from contextlib import closing

import pytest

from cadrart_infra.mysql.json_documents import json_types, with_shapes
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_reading import read_tables
from tests.database.harness import PRODUCTION, Shop

PLAIN = "JSON_OBJECT('at', '2026-01-01', 'id', 5, 'total', 1.5e0)"
TYPED = "JSON_OBJECT('at', DATE'2026-01-01', 'id', CAST(5 AS UNSIGNED), 'total', 1.5)"
ODD = """JSON_OBJECT('', 1, 'a"b', 2, 'back\\\\slash', 3, 'l\nine\t', '4', 'é 😀', 5, '*', 6, '$', 7, 'a.b[0]', NULL)"""
OTHERS = (
    "NULL", "CAST('null' AS JSON)", "'5'", "'\"text\"'", "CAST(1.5 AS JSON)", "JSON_ARRAY()", "JSON_OBJECT()",
    "JSON_ARRAY(1, 'two', 1.5)", "JSON_ARRAY(JSON_OBJECT('id', 5))", ODD,
    "JSON_OBJECT('id', 5, 'total', 1.5)", "JSON_OBJECT('at', '', 'id', 5, 'other', 1)",
    "JSON_OBJECT('at', NULL, 'id', 5, 'total', NULL)", "JSON_OBJECT('at', NULL, 'id', NULL, 'total', NULL)",
    "JSON_OBJECT('at', JSON_OBJECT(), 'id', JSON_ARRAY(), 'total', 1)",
    "JSON_OBJECT('at', JSON_OBJECT('id', CAST(5 AS UNSIGNED)), 'id', 5, 'total', 1)",
    "JSON_OBJECT('at', 1, 'id', JSON_ARRAY(DATE'2026-01-01'), 'total', 1)",
)  # fmt: skip


@pytest.fixture
def session(empty_shop: Shop) -> Session:
    if empty_shop.is_mariadb:
        pytest.skip("has no type JSON of its own")
    empty_shop.run("CREATE TABLE documents (id int AUTO_INCREMENT PRIMARY KEY, j json, `the other` json)")
    empty_shop.run(f"INSERT INTO documents (j) VALUES ({PLAIN}), ({TYPED}), ({PLAIN})")
    for document in OTHERS:
        empty_shop.run(f"INSERT INTO documents (j, `the other`) VALUES ({document}, {ODD})")
    return Session(empty_shop.endpoint)


def test_the_answer_is_the_same_by_name(session: Session) -> None:
    with closing(session):
        table = with_shapes(session, PRODUCTION, read_tables(session, PRODUCTION, ["documents"])["documents"])
        shapes, odd = (column.shapes for column in table.columns[1:])
        assert shapes[0] == ("at", "id", "total")
        assert len(odd) == 1
        assert len(odd[0]) == 8
        where = f"FROM `{PRODUCTION}`.documents ORDER BY id"
        for known in (*((shape,) for shape in shapes), shapes, odd, (*odd, *shapes)):
            answered = session.rows(f"SELECT {json_types('j', known)} {where}")
            assert answered == session.rows(f"SELECT {json_types('j')} {where}")
        (plain,), (typed,), (again,) = session.rows(f"SELECT {json_types('j', shapes)} {where} LIMIT 3")
    assert plain == again == "OBJECT|STRING,INTEGER,DOUBLE"
    assert typed == "OBJECT|DATE,UNSIGNED INTEGER,DECIMAL"


def test_a_table_that_is_gone_has_no_shapes(session: Session, empty_shop: Shop) -> None:
    with closing(session):
        table = read_tables(session, PRODUCTION, ["documents"])["documents"]
        empty_shop.run("DROP TABLE documents")
        assert [column.shapes for column in with_shapes(session, PRODUCTION, table).columns] == [()] * 3
