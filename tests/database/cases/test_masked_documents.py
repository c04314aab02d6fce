"""Documents are masked by the paths that somebody listed, and nothing else of them enters staging."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import Any

import pytest

from cadrart_infra.mysql.schema import read_inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UnmaskedColumns
from cadrart_infra.staging_sync.masking.rules import Rule
from cadrart_infra.staging_sync.masking.suggestions import suggestions
from cadrart_infra.staging_sync.masking.verified_suggestions import verified_suggestions
from tests.database.cases.masking import MASKS, SECRET, documents, rules, sync_and_when
from tests.database.cases.playing import produce, refusal
from tests.database.harness import PRODUCTION, STAGING, Shop


def test_keys_are_distinguished_letter_by_letter(empty_shop: Shop) -> None:
    masking = rules({"c.doc": {"$.mail": "mail", "$.prenom": "first_name", "$.fin": "text"}})
    text = refusal(empty_shop, "07-json-keys-that-differ-in-case", UnmaskedColumns, masking=masking)
    for key in ("Mail", "MAIL", "prénom", "mail ", "ﬁn"):
        assert f"c.doc holds the key {key!r} that no rule names" in text
    assert "the key 'mail' " not in text
    assert SECRET not in text


def test_keys_that_are_values_are_neither_reported_nor_offered(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, doc json)",
        """INSERT INTO c VALUES (1, '{"by": {"Secretperson@x.example": {"n": 1}}, "n": 2}'),
        (2, '{"by": {"+32 (0)470 12 34 56": 1, "2024-01-31": "x"}}')""",
    )
    with pytest.raises(UnmaskedColumns, match=r"c\.doc holds keys that look like people's .* at \$\.by that") as caught:
        empty_shop.sync(masking=rules({"c.doc": {"$.by.x": "text"}}, "c.doc$.n"))
    assert not re.search("secretperson|470", str(caught.value), re.I)
    assert "'2024-01-31'" in str(caught.value)
    session = Session(empty_shop.endpoint)
    found = suggestions(session, read_inventory(session, PRODUCTION), rules({}))
    session.close()
    assert {item.path: item.rule for item in found} == {"$.by": "remove", "$.n": "keep"}
    for _ in range(2):
        empty_shop.sync(masking=rules({"c.doc": {"$.by": "remove"}}, "c.doc$.n"))
    assert documents(empty_shop, STAGING) == {1: {"by": None, "n": 2}, 2: {"by": None}}


def test_arrays_within_very_many_others_are_taken_away(empty_shop: Shop) -> None:
    """A statement of MySQL joins 61 tables, and each array is one."""
    if empty_shop.is_mariadb:
        pytest.skip("it takes 31 within each other")
    document = "[" * 80 + '"Secretperson"' + "]" * 80
    empty_shop.run("CREATE TABLE c (id int PRIMARY KEY, doc json)", f"INSERT INTO c VALUES (1, '{document}')")
    with closing(Session(empty_shop.endpoint)) as session:
        (found,) = verified_suggestions(session, read_inventory(session, PRODUCTION), rules({}))
    assert found.rule == "remove"
    for _ in range(2):
        empty_shop.sync(masking=rules({found.column: {found.path: found.rule}}))
    (document,) = documents(empty_shop, STAGING).values()
    assert json.dumps(document).strip("[]") == "null"


def test_a_key_written_with_escapes_is_the_key_that_it_reads(empty_shop: Shop) -> None:
    """MariaDB keeps a document as it was written, and looks for a key letter by letter."""
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, doc json)",
        r"""INSERT INTO c VALUES (1, '{"pr\\u00e9nom": "Secretperson", "a\\/b": "Secretperson"}'),
        (2, '{"pr\\u00E9nom": "Secretperson"}'), (3, '{"prénom": "S\\u0065cretperson"}')""",
    )
    masking = rules({"c.doc": {"$.prénom": "text", '$."a/b"': "text"}})
    empty_shop.sync(masking=masking)
    found = documents(empty_shop, STAGING)
    assert {frozenset(document) for document in found.values()} == {
        frozenset(("prénom", "a/b")),
        frozenset(("prénom",)),
    }
    assert len({document["prénom"] for document in found.values()}) == 1
    empty_shop.run(r"""INSERT INTO c VALUES (4, '{"\\u0070r\\u00e9nom": "Secretperson"}')""")
    if empty_shop.is_mariadb:
        with pytest.raises(UnmaskedColumns, match="the key 'prénom', written as"):
            empty_shop.sync(masking=masking)
    else:
        empty_shop.sync(masking=masking)
    assert SECRET not in repr(empty_shop.contents(STAGING))


SHAPES: dict[str, Rule] = {
    "c.doc": {
        "$.people[*].mail": "mail",
        "$.people[*].tags[*][*]": "text",
        "$.people[*].tags": "text",
        '$."o\\"d.d ké/y".deep.er': "text",
        "$.born": "date",
        "$.number": "number",
        "$.gone": "remove",
    }
}
EXPECTED: dict[int, Any] = {
    1: {"people": [{"mail": "mail", "age": 30, "tags": [["text"], "b", 1.5, None, True]}, {"mail": None}, None]},
    2: [],
    3: None,
    4: None,
    5: None,
    6: None,
    7: {},
    8: [],
    9: {'o"d.d ké/y': {"deep": {"er": "text"}}, "goods": {"a": [1, {"b": "c"}]}},
    10: {"born": "date", "number": "number", "gone": None, "kept": 1.1},
}


def require_shape(found: Any, expected: Any) -> None:
    """The same document, with a mask wherever the name of its kind stands."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            require_shape(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for value, wanted in zip(found, expected, strict=True):
            require_shape(value, wanted)
    elif expected in MASKS:
        assert MASKS[expected](found), found
    else:
        assert found == expected
        assert type(found) is type(expected)


@pytest.mark.parametrize("column", ["doc", "old"])
def test_documents_that_come_after_the_check_are_made_from_what_is_listed(empty_shop: Shop, column: str) -> None:
    """Whatever their shape, in the type JSON and in a text of another character set."""
    produce(empty_shop, "07-documents-of-every-shape")
    empty_shop.run("CREATE TABLE late AS SELECT id, doc, old FROM c", "DELETE FROM c")
    other = {"doc": "c.old", "old": "c.doc"}[column]
    listed = {f"c.{column}": SHAPES["c.doc"], other: "remove", "late.doc": "remove", "late.old": "remove"}
    kept = ["$.people[*].age", "$.goods.*", "$.kept", "$.people[*].tags[*]"]
    masking = rules(listed, *(f"c.{column}{path}" for path in kept), "late.id")
    sync_and_when(empty_shop, "preparing the new copy", ["INSERT INTO c SELECT * FROM late"], masking, PRODUCTION)
    text = repr(empty_shop.contents(STAGING)) + repr(empty_shop.contents(f"{STAGING}_next"))
    assert SECRET not in text
    found = documents(empty_shop, STAGING, column)
    assert found.keys() == EXPECTED.keys()
    for number, expected in EXPECTED.items():
        require_shape(found[number], expected)
    ((null, nothing),) = empty_shop.run(
        f"SELECT (SELECT {column} FROM c WHERE id = 5), (SELECT {column} FROM c WHERE id = 6)", schema=STAGING
    )
    assert (null, nothing) == ("null", None)
    with pytest.raises(UnmaskedColumns) as caught:
        empty_shop.sync(masking=masking)
    for reported in (
        f"c.{column} holds values of type ARRAY that no rule names",
        f"c.{column} holds values of type STRING that no rule names",
        f"c.{column} holds values of type INTEGER that no rule names",
        f"c.{column} holds values of type STRING at $.people[*] that no rule names",
        f"""c.{column} holds the key 'mail' at $."o\\"d.d ké/y".deep that no rule names""",
    ):
        assert reported in str(caught.value)
    assert SECRET not in str(caught.value)


def test_what_is_kept_of_a_document_is_the_same_to_the_letter(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, doc json)",
        """INSERT INTO c VALUES (1, '{"kept": {"a": 1.10, "b": [1e3, "é\\\\u0001"], "c": {}}, "mail": "a@x.example"}')""",
        "INSERT INTO c VALUES (2, JSON_OBJECT('kept', "
        "JSON_OBJECT('d', CAST('12345678901234567890.123' AS decimal(30,3)), 'x', CAST('é' AS binary))))",
    )
    for _ in range(2):
        empty_shop.sync(masking=rules({"c.doc": {"$.mail": "mail"}}, "c.doc$.kept.*"))
    kept = "SELECT id, CAST(JSON_EXTRACT(doc, '$.kept') AS char) FROM c ORDER BY id"
    assert empty_shop.run(kept, schema=STAGING) == empty_shop.run(kept)


def test_a_long_list_in_a_document(empty_shop: Shop) -> None:
    """A text that the server read from its beginning for each element would take it an hour."""
    people = [{"mail": f"{SECRET}{number}@shop.example", "ids": [number, None]} for number in range(5000)]
    empty_shop.run("CREATE TABLE c (id int PRIMARY KEY, native json, text longtext)")
    with empty_shop.root() as cursor:
        cursor.execute("INSERT INTO c VALUES (1, %s, %s)", [json.dumps(people)] * 2)
    paths = {"$[*].mail": "mail"}
    empty_shop.sync(masking=rules({"c.native": paths, "c.text": paths}, "c.native$[*].ids[*]", "c.text$[*].ids[*]"))
    for document in empty_shop.run("SELECT native, text FROM c", schema=STAGING)[0]:
        copied = json.loads(document)
        assert [one["ids"] for one in copied] == [one["ids"] for one in people]
        assert len({one["mail"] for one in copied}) == len(people)
        assert SECRET not in document


def test_a_text_that_is_no_json_is_refused_and_never_carried(empty_shop: Shop) -> None:
    empty_shop.run("CREATE TABLE c (id int PRIMARY KEY, doc text)", 'INSERT INTO c VALUES (1, \'{"mail": "a"}\')')
    masking = rules({"c.doc": {"$.mail": "mail"}})
    late = ['INSERT INTO c VALUES (2, \'Secretperson\'), (3, \'\'), (4, \'{"mail": "a", "x": "Secretperson"\')']
    sync_and_when(empty_shop, "preparing the new copy", late, masking, PRODUCTION)
    assert [row[1] for row in empty_shop.run("SELECT * FROM c ORDER BY id", schema=STAGING)][1:] == ["null", "", "null"]
    with pytest.raises(
        UnmaskedColumns, match=r"c\.doc holds values that are no JSON, .* one rule for the whole column"
    ):
        empty_shop.sync(masking=masking)


def test_what_is_suggested_for_json_passes_also_where_a_value_is_none(empty_shop: Shop) -> None:
    if not empty_shop.is_mariadb:
        pytest.skip("MySQL's JSON holds nothing else")
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, broken json, lacking json)",
        "SET SESSION check_constraint_checks = OFF",
        """INSERT INTO c VALUES (1, '{"mail": "a"}', '{"mail": "a"}'), (2, 'Secretperson', '')""",
    )
    with closing(Session(empty_shop.endpoint)) as session:
        found = verified_suggestions(session, read_inventory(session, PRODUCTION), rules({}))
    assert [(item.column, item.path, item.rule) for item in found] == [
        ("c.broken", "", "remove"),
        ("c.lacking", "$.mail", "mail"),
    ]
    for _ in range(2):
        empty_shop.sync(masking=rules({"c.broken": "remove", "c.lacking": {"$.mail": "mail"}}))
    assert empty_shop.run("SELECT broken, lacking FROM c WHERE id = 2", schema=STAGING) == ((None, ""),)
