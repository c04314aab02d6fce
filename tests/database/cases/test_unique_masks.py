"""A unique key of production keeps unique masks, or the sync refuses by the column's name before it copies."""

from __future__ import annotations

import pytest

from cadrart_infra.staging_sync.errors import NotConverging, RepeatedMasks, UnmaskedColumns
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from tests.database.cases.playing import produce, refusal
from tests.database.harness import OWNED, PRODUCTION, STAGING, Shop


@pytest.mark.parametrize(
    ("name", "column", "kind", "counts"),
    [
        ("33-mail-that-differs-in-case", "mail", "mail", "2 different values have 1 "),
        ("33-many-phone-numbers", "phone", "phone", "100000 different values have 9"),
        ("33-names-from-a-short-list", "firstName", "first_name", "40 different values have 1"),
    ],
)
def test_masks_that_repeat_are_refused_by_the_column(
    empty_shop: Shop, name: str, column: str, kind: str, counts: str
) -> None:
    text = refusal(empty_shop, name, RepeatedMasks, masking=MaskingRules("key", {f"c.{column}": kind}))
    assert f"c.{column}: {counts}" in text
    assert not any(empty_shop.run(f"SHOW DATABASES LIKE '{schema}'", schema=None) for schema in OWNED)


def test_a_key_of_several_columns_may_have_masks_that_repeat(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, firstName varchar(100), place int, note varchar(100), "
        "UNIQUE KEY (firstName, place), UNIQUE KEY (note(6)))",
        "INSERT INTO c VALUES (1, 'Anna', 1, 'a'), (2, 'Bert', 2, 'b'), (3, NULL, 3, NULL), (4, NULL, 3, NULL)",
    )
    rules, keep = {"c.firstName": "first_name", "c.note": "mail"}, frozenset({"c.place"})
    for _ in range(2):
        empty_shop.sync(masking=MaskingRules("key", rules, keep))
    assert empty_shop.run("SELECT COUNT(*) FROM c", schema=STAGING) == ((4,),)
    with pytest.raises(RepeatedMasks, match=r"c\.note: 2 different values have 1 "):
        empty_shop.sync(masking=MaskingRules("key", {**rules, "c.note": "text"}, keep))


def test_masks_reach_into_history(empty_shop: Shop) -> None:
    """Of a versioned table's unique key only what was current at the same time may not repeat."""
    produce(empty_shop, "54-tables-with-history")
    empty_shop.run("DROP TABLE named, keyless, by_months, small")
    keep = frozenset({"price.v"})
    with pytest.raises(UnmaskedColumns, match=r"price\.mail \(varchar\(50\)\) looks personal"):
        empty_shop.sync(masking=MaskingRules("key", {}, keep))
    for _ in range(2):
        empty_shop.sync(masking=MaskingRules("key", {"price.mail": "mail"}, keep))
    question = "SELECT mail, row_start, row_end FROM price FOR SYSTEM_TIME ALL ORDER BY row_end, id"
    copied, original = (empty_shop.run(question, schema=schema) for schema in (STAGING, PRODUCTION))
    assert [row[1:] for row in copied] == [row[1:] for row in original]
    assert all(row[0].endswith("@example.invalid") for row in copied)
    assert len({row[0] for row in copied}) == len({row[0] for row in original}) == 3
    empty_shop.run("UPDATE price SET mail = UPPER(mail) WHERE id = 1")
    empty_shop.sync(masking=MaskingRules("key", {"price.mail": "mail"}, keep))
    empty_shop.run("INSERT INTO price VALUES (3, 1, 'y@z.z'), (4, 1, ' y@z.z')", "DELETE FROM price WHERE id > 2")
    with pytest.raises(RepeatedMasks, match=r"price\.mail, price\.row_end: \d+ different values"):
        empty_shop.sync(masking=MaskingRules("key", {"price.mail": "mail"}, keep))


def test_when_a_row_was_written_is_not_masked(empty_shop: Shop) -> None:
    produce(empty_shop, "54-tables-with-history")
    rules = MaskingRules("key", {"named.a": "date"}, frozenset({"price.mail", "price.v", "named.v", "named.w"}))
    with pytest.raises(UnmaskedColumns, match=r"the rule for named\.a masks when a row was written"):
        empty_shop.sync(masking=rules)


def test_masks_that_repeat_behind_an_expression_lose_no_row_without_a_word(empty_shop: Shop) -> None:
    """What is generated from masks is not counted beforehand: its rows are missed when the copy is verified."""
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, firstName varchar(100), "
        "folded varchar(100) GENERATED ALWAYS AS (LOWER(firstName)) STORED, UNIQUE KEY (folded))",
        "INSERT INTO c (id, firstName) WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 40) "
        "SELECT n, CONCAT('name', n) FROM s",
    )
    rules = MaskingRules("key", {"c.firstName": "first_name"}, frozenset({"c.id"}))
    with pytest.raises(NotConverging, match="Table c of the copy"):
        empty_shop.sync(masking=rules)
    empty_shop.run("ALTER TABLE c DROP PRIMARY KEY")
    with pytest.raises(UnmaskedColumns, match=r"masks into table c: \(1062\).*made by the rules for c\.firstName"):
        empty_shop.sync(masking=rules)
    assert empty_shop.tables(STAGING) == []
