"""A copy that differs without a word does not exist: what is not carried exactly is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from cadrart_infra.mysql.object_definitions import StoredObject
from cadrart_infra.staging_sync.bulk_copy import fill_tables
from cadrart_infra.staging_sync.errors import UnsupportedObjects
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from tests.database.cases.playing import comparable, produce, refusal, require_carried, require_equal
from tests.database.harness import PRODUCTION, STAGING, Shop
from tests.database.killing import in_a_child_killed_after, wait_until_gone

CARRIED = (
    "09-emoji-in-check",
    "09-emoji-in-generated",
    "09-emoji-in-virtual",
    "10-check-over-latin1",
    "10-generated-over-latin1",
    "13-emoji-in-enum",
    "13-emoji-in-enum-two",
    "18-binary-default",
    "18-view-with-binary-literal",
    "22-generated-column-over-free-text",
    "29-routine-of-an-older-charset",
    "32-characters-without-unicode-of-their-own",
    "40-heads-in-another-charset",
    "41-events-whose-time-has-passed",
    "56-values-that-look-the-same",
    "57-members-with-two-codes",
    "58-members-that-are-the-same-to-the-server",
)


@pytest.mark.parametrize("name", CARRIED)
def test_carried(empty_shop: Shop, name: str) -> None:
    require_carried(empty_shop, name)


def test_a_member_that_the_definition_does_not_show_is_changed(empty_shop: Shop) -> None:
    """MySQL shows a question mark for either: only the rows show that the copy's table is another one."""
    produce(empty_shop, "13-emoji-in-enum")
    for _ in range(2):
        empty_shop.sync()
    empty_shop.run(
        "UPDATE vote SET e = 'no'",
        "ALTER TABLE vote MODIFY e enum('no','👎') CHARACTER SET utf8mb4 NOT NULL",
        "UPDATE vote SET e = '👎' WHERE id = 1",
    )
    empty_shop.sync()
    assert empty_shop.run("SELECT HEX(e) FROM vote WHERE id = 1", schema=STAGING) == (("👎".encode().hex().upper(),),)
    require_equal(empty_shop)


def test_a_table_with_such_a_member_keeps_its_foreign_key_to_a_table_that_is_gone(empty_shop: Shop) -> None:
    """It was refused as a table that the server does not make again."""
    produce(empty_shop, "13-emoji-in-enum")
    empty_shop.run(
        "SET SESSION foreign_key_checks = 0",
        "ALTER TABLE vote ADD UNIQUE KEY (id)",
        "ALTER TABLE vote ADD CONSTRAINT up FOREIGN KEY (id) REFERENCES gone (id), "
        "ADD CONSTRAINT self FOREIGN KEY (id) REFERENCES vote (id)",
    )
    for _ in range(2):
        empty_shop.sync()
        assert empty_shop.definitions(STAGING) == empty_shop.definitions(PRODUCTION)


def test_a_stored_value_of_another_time_zone_is_refused_by_its_column(empty_shop: Shop) -> None:
    assert "orders.day" in refusal(empty_shop, "12-stored-generated-from-timestamp", UnsupportedObjects)


def test_an_address_that_moves_to_the_column_beside_it_is_seen(empty_shop: Shop) -> None:
    if not empty_shop.is_mariadb:
        pytest.skip("these types are MariaDB's")
    empty_shop.run(
        "CREATE TABLE host (id int PRIMARY KEY, a inet4, b inet4, c uuid, d uuid)",
        "INSERT INTO host VALUES (1, '10.1.2.3', NULL, '12345678-1234-1234-1234-123456789abc', NULL)",
    )
    for _ in range(2):
        empty_shop.sync()
    empty_shop.run("UPDATE host SET b = a, a = NULL, d = c, c = NULL")
    empty_shop.sync()
    require_equal(empty_shop)


def test_a_library_is_refused_by_its_name(empty_shop: Shop) -> None:
    assert "library helpers" in refusal(empty_shop, "44-library-of-functions", UnsupportedObjects)


def test_what_comes_out_otherwise_is_refused_by_its_name(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known that a server makes otherwise: so here something else is sent than was read."""
    zoo = "CREATE TABLE t (id int PRIMARY KEY)", "CREATE VIEW v AS SELECT 'é' AS e", "CREATE PROCEDURE p() SELECT 'é'"
    empty_shop.run(*zoo, "CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1")
    empty_shop.sync()
    before = empty_shop.definitions(STAGING)
    empty_shop.run("CREATE TABLE u (id int PRIMARY KEY)")
    monkeypatch.setattr(StoredObject, "as_bytes", property(lambda item: item.statement.encode("ascii", "replace")))
    with pytest.raises(UnsupportedObjects) as caught:
        empty_shop.sync()
    for reported in ("view v: the server makes it otherwise than it was", "procedure p: the server makes it otherwise"):
        assert reported in str(caught.value)
    assert "function f" not in str(caught.value)
    assert empty_shop.definitions(STAGING) == before


def test_a_table_that_changes_after_it_was_made_is_refused(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_shop.run("CREATE TABLE t (id int PRIMARY KEY, v varchar(20))", "INSERT INTO t VALUES (1, 'x')")

    def fill_then_alter(*arguments: Any) -> None:
        fill_tables(*arguments)
        empty_shop.run("ALTER TABLE t MODIFY v varchar(30) COMMENT 'of somebody'", schema=f"{STAGING}_next")

    monkeypatch.setattr("cadrart_infra.staging_sync.new_copy.fill_tables", fill_then_alter)
    with pytest.raises(UnsupportedObjects, match=r"table t: `v` varchar\(20\)"):
        empty_shop.sync()
    assert empty_shop.tables(STAGING) == []


def test_with_masking_a_stored_value_is_compared_unless_it_comes_from_a_mask(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, Mail varchar(100), short varchar(20) GENERATED ALWAYS AS "
        "(LEFT(mail, 20)) STORED, shorter varchar(5) GENERATED ALWAYS AS (LEFT(short, 5)) STORED)",
        "INSERT INTO client (id, Mail) VALUES (1, 'anna@x.example')",
    )
    rules = MaskingRules("key", {"client.Mail": "mail"}, frozenset({"orders.at"}))
    empty_shop.sync(masking=rules)
    ((short,),) = empty_shop.run("SELECT short FROM client", schema=STAGING)
    assert short != "anna@x.example"
    produce(empty_shop, "12-stored-generated-from-timestamp")
    with pytest.raises(UnsupportedObjects, match=r"orders\.day"):
        empty_shop.sync(masking=rules)


def test_a_schema_keeps_its_own_collation_when_a_routine_of_an_older_one_was_interrupted(empty_shop: Shop) -> None:
    """The server takes a routine's character set from its schema's, which is another for that moment."""
    produce(empty_shop, "29-routine-of-an-older-charset")
    empty_shop.sync()
    empty_shop.run("DROP FUNCTION cs")
    empty_shop.sync()
    now = empty_shop.contents(STAGING), comparable(empty_shop, STAGING)
    assert in_a_child_killed_after(empty_shop.restore, f"ALTER DATABASE `{STAGING}` COLLATE latin1_")
    wait_until_gone(empty_shop)
    assert "latin1" in empty_shop.definitions(STAGING)["DATABASE"]
    empty_shop.restore()  # finishes the one that was interrupted, then exchanges again
    assert (empty_shop.contents(STAGING), comparable(empty_shop, STAGING)) == now
    assert empty_shop.definitions(STAGING)["DATABASE"] == empty_shop.definitions(PRODUCTION)["DATABASE"]


def test_a_previous_copy_that_came_back_is_not_taken_away_by_a_kill_after_that(empty_shop: Shop) -> None:
    """The replaced copy lies where the other one came from by then: that was taken for one that had not come."""
    empty_shop.run(
        "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)", "CREATE VIEW v AS SELECT id FROM t"
    )
    first = empty_shop.sync()
    earlier = empty_shop.contents(STAGING), comparable(empty_shop, STAGING)
    empty_shop.run("INSERT INTO t VALUES (2)", "ALTER VIEW v AS SELECT id + 1 AS n FROM t")
    empty_shop.sync()
    now = empty_shop.contents(STAGING), comparable(empty_shop, STAGING)
    assert in_a_child_killed_after(empty_shop.restore, f"RENAME TABLE `{STAGING}_next`")
    wait_until_gone(empty_shop)
    assert (empty_shop.contents(STAGING), comparable(empty_shop, STAGING)) == earlier
    empty_shop.restore()  # finishes that, then exchanges again
    assert (empty_shop.contents(STAGING), comparable(empty_shop, STAGING)) == now
    assert empty_shop.restore() == first.snapshot_time
    assert (empty_shop.contents(STAGING), comparable(empty_shop, STAGING)) == earlier
