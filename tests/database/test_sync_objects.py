"""Parity of every kind of object, on the first sync and on the ones after it."""

from __future__ import annotations

import pytest

from tests.database import zoo
from tests.database.harness import PRODUCTION, STAGING, STAGING_USER, Shop, comparable


@pytest.fixture
def zoo_shop(empty_shop: Shop) -> Shop:
    with empty_shop.root() as cursor:
        for statement in zoo.statements(empty_shop.server.kind.name):
            cursor.execute(statement)
    return empty_shop


def test_everything_is_carried(zoo_shop: Shop) -> None:
    result = zoo_shop.sync()

    assert zoo_shop.contents(STAGING) == zoo_shop.contents(PRODUCTION)
    assert comparable(zoo_shop.definitions(STAGING)) == comparable(zoo_shop.definitions(PRODUCTION))
    assert result.repaired == 0


def test_objects_belong_to_stagings_own_account_and_events_sleep(zoo_shop: Shop) -> None:
    zoo_shop.sync()
    definitions = zoo_shop.definitions(STAGING)

    owned = [key for key, text in definitions.items() if f"DEFINER=`{STAGING_USER}`@`%`" in text]
    assert len(owned) == len(zoo.OBJECTS)
    assert " DISABLE " in definitions["EVENT nightly"]


def test_objects_work_on_staging_alone(zoo_shop: Shop) -> None:
    zoo_shop.sync()
    before = zoo_shop.contents(PRODUCTION)

    zoo_shop.run("INSERT INTO tree (id) VALUES (90)", schema=STAGING)

    assert zoo_shop.contents(PRODUCTION) == before
    written = [row[1:] for row in zoo_shop.contents(STAGING)["history"]]
    assert sorted(written) == [("again it's; é", 1), ("tree", 90)]
    assert zoo_shop.run("SELECT COUNT(*), reads_tree(0) FROM a_first_view", schema=STAGING) == ((4, 4),)


def test_later_syncs_carry_everything_too_and_leave_equal_objects_alone(zoo_shop: Shop) -> None:
    for _ in range(2):
        zoo_shop.sync()
    created = zoo_shop.run(
        f"SELECT routine_name, created FROM information_schema.routines WHERE routine_schema = '{STAGING}' ORDER BY 1"
    )
    with zoo_shop.root() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0, sql_mode = ''")
        for statement in (
            "UPDATE everything SET f = 1.2345679 WHERE id = 0",
            "UPDATE everything SET v = 'n', c = 'A' WHERE id = 7",
            "DELETE FROM keyless LIMIT 1",
            "UPDATE places SET p = ST_GeomFromText('POINT(1 2.0000001)') WHERE id = 1",
            "UPDATE `odd ``name`` %%s` SET `select` = 'C' WHERE `select` = 'b' AND `a ``col``%%` = 2".replace(
                "%%", "%"
            ),
            "UPDATE compressed SET id = 'aa' WHERE id = 'a'",
            "UPDATE by_unique SET v = 9 WHERE code = ''",
            "UPDATE latin_only SET v = 'dejà'",
            "UPDATE parts SET y = 1991 WHERE id = 2",
            "UPDATE nobody SET hidden = NULL",
            "INSERT INTO tree VALUES (1000, NULL, NULL)",
        ):
            cursor.execute(statement)

    result = zoo_shop.sync()

    assert result.mode == "incremental"
    assert zoo_shop.contents(STAGING) == zoo_shop.contents(PRODUCTION)
    assert comparable(zoo_shop.definitions(STAGING)) == comparable(zoo_shop.definitions(PRODUCTION))
    assert created == zoo_shop.run(
        f"SELECT routine_name, created FROM information_schema.routines WHERE routine_schema = '{STAGING}' ORDER BY 1"
    )


def test_changed_and_dropped_objects_follow(zoo_shop: Shop) -> None:
    zoo_shop.sync()
    zoo_shop.run(
        "DROP TRIGGER tree_after_too",
        "DROP VIEW a_first_view",
        "ALTER TABLE tree ADD COLUMN extra int",
        "CREATE OR REPLACE VIEW second_view AS SELECT id, extra FROM tree",
        "DROP PROCEDURE note",
        "DROP EVENT nightly",
        "CREATE VIEW zz AS SELECT 1 AS one",
    )

    zoo_shop.sync()

    assert comparable(zoo_shop.definitions(STAGING)) == comparable(zoo_shop.definitions(PRODUCTION))


def test_restored_copy_has_its_own_objects_again(zoo_shop: Shop) -> None:
    zoo_shop.sync()
    before = comparable(zoo_shop.definitions(STAGING))
    zoo_shop.run("DROP TRIGGER tree_after", "DROP VIEW a_first_view", "ALTER TABLE tree ADD COLUMN extra int")
    zoo_shop.sync()

    zoo_shop.restore()

    assert comparable(zoo_shop.definitions(STAGING)) == before
