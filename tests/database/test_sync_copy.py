"""A sync makes staging equal to production: first, again, and back."""

from __future__ import annotations

import itertools
import json
from contextlib import closing
from dataclasses import replace

import pytest

from cadrart_infra.mysql.processor import ProcessorTime
from cadrart_infra.mysql.schema import Inventory, read_inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_reading import read_tables
from cadrart_infra.staging_sync import converge, throttle
from cadrart_infra.staging_sync.bulk_copy import row_by_row
from cadrart_infra.staging_sync.errors import NoPreviousCopy, UnsupportedObjects
from cadrart_infra.staging_sync.pace import GENTLE, PACES
from cadrart_infra.staging_sync.sync import run_sync
from tests.database.harness import PRODUCTION, STAGING, Shop

CHANGES = (
    "UPDATE client SET firstName = 'Élodie' WHERE id IN (3, 400)",
    "UPDATE client SET lastName = UPPER(lastName) WHERE id = 7",
    "UPDATE offer SET total = NULL WHERE id = 5",
    "DELETE FROM task WHERE id BETWEEN 100 AND 120 OR parentId BETWEEN 100 AND 120",
    "INSERT INTO tag (id, title) VALUES (-5, 'before all'), (4000, 'after all')",
    "UPDATE team_member SET mail = CASE id WHEN 1 THEN 'swap' ELSE mail END WHERE id IN (1, 2)",
    "UPDATE team_member SET mail = 'member.1@cadrart.example' WHERE id = 2",
)


def test_first_sync_copies_every_row_and_definition(shop: Shop) -> None:
    result = shop.sync()

    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)
    assert (result.mode, result.tables, result.repaired) == ("full", 11, 0)
    assert result.rows == sum(len(rows) for rows in shop.contents(PRODUCTION).values())
    assert shop.leftovers() == []
    assert "password" not in json.dumps(result.as_dict())


def test_what_only_looks_at_production_may_not_write(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account has no right to; and of a session that reads definitions, the server would take no write at all."""
    looks: list[tuple[str, int]] = []

    def look(session: Session, schema: str) -> Inventory:
        variable = "tx_read_only" if shop.is_mariadb else "transaction_read_only"
        looks.append((schema, int(session.value(f"SELECT @@SESSION.{variable}"))))
        return read_inventory(session, schema)

    for module in ("new_copy", "preconditions"):
        monkeypatch.setattr(f"cadrart_infra.staging_sync.{module}.read_inventory", look)
    shop.sync()
    assert len(looks) >= 2
    assert {(schema, is_read_only) for schema, is_read_only in looks if schema == PRODUCTION} == {(PRODUCTION, 1)}


def test_later_sync_repairs_the_older_copy(shop: Shop) -> None:
    for _ in range(2):
        shop.sync()
    shop.run(*CHANGES)
    shop.run("DELETE FROM stock", "UPDATE formula SET name = 'a tester was here'", schema=STAGING)
    shop.run("UPDATE article SET name = 'an older tester'", schema=f"{STAGING}_prev")

    result = shop.sync()

    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)
    assert result.mode == "incremental"
    assert result.copied_bytes == 0
    assert result.repaired >= len(shop.contents(PRODUCTION)["article"])


@pytest.mark.parametrize("pace", PACES)
def test_copy_far_from_production_is_brought_near_first(shop: Shop, pace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converge, "_SNAPSHOT_REPAIR_WEIGHT", 5)
    shop.run("CREATE TABLE keyless (a int, b varchar(9))", "INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (2, NULL)")
    for _ in range(2):
        shop.sync(pace=PACES[pace])
    shop.run(*CHANGES, "DELETE FROM keyless LIMIT 1", "UPDATE task SET doneCount = doneCount + 1 WHERE id % 3 = 0")

    result = shop.sync(pace=PACES[pace])

    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)
    assert result.mode == "incremental"
    assert any(line.startswith("bringing the copy near") for line in shop.lines)


def test_changed_definitions_are_followed(shop: Shop) -> None:
    for _ in range(2):
        shop.sync()
    shop.run(
        "ALTER TABLE client ADD COLUMN loyalty int NOT NULL DEFAULT 3 AFTER id",
        "ALTER TABLE job ADD INDEX by_date (dueDate)",
        "CREATE TABLE fresh (id int PRIMARY KEY, v varchar(9))",
        "INSERT INTO fresh VALUES (1, 'x')",
        "ALTER TABLE stock DROP FOREIGN KEY FK_stock_article",
        "DROP TABLE location",
        f"ALTER DATABASE `{PRODUCTION}` COLLATE utf8mb4_bin",
    )

    result = shop.sync()

    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)
    assert result.mode == "incremental"


def test_previous_copy_comes_back_and_goes_again(shop: Shop) -> None:
    first = shop.sync()
    before = shop.contents(STAGING)
    shop.run(*CHANGES)
    shop.sync()
    after = shop.contents(STAGING)
    assert before != after

    assert shop.restore() == first.snapshot_time
    assert shop.contents(STAGING) == before
    shop.restore()
    assert shop.contents(STAGING) == after


@pytest.mark.parametrize("where", ["staging", "previous"])
def test_a_table_of_a_copy_whose_file_is_missing_is_made_anew(shop: Shop, where: str) -> None:
    shop.run("CREATE TABLE plain (id int PRIMARY KEY)", "INSERT INTO plain VALUES (1)")
    for _ in range(2):
        shop.sync()
    schema = STAGING if where == "staging" else f"{STAGING}_prev"
    shop.run(f"ALTER TABLE `{schema}`.plain DISCARD TABLESPACE")

    for _ in range(2):
        shop.sync()
        assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)


def test_no_previous_copy_comes_back_under_a_foreign_key_of_production(shop: Shop) -> None:
    for _ in range(2):
        shop.sync()
    shop.run(
        f"CREATE TABLE child (id int PRIMARY KEY, CONSTRAINT up FOREIGN KEY (id) REFERENCES `{STAGING}`.client (id))"
    )
    before = shop.definitions(PRODUCTION), shop.contents(STAGING)

    with pytest.raises(UnsupportedObjects, match=f"foreign key up from {PRODUCTION}.child to {STAGING}.client"):
        shop.restore()
    assert (shop.definitions(PRODUCTION), shop.contents(STAGING)) == before
    shop.run("DROP TABLE child")
    shop.restore()


def test_nothing_is_kept_where_nothing_shall_be(shop: Shop) -> None:
    shop.sync(keep_previous=False)
    result = shop.sync(keep_previous=False)

    assert not result.previous_kept
    assert shop.tables(f"{STAGING}_prev") == []
    with pytest.raises(NoPreviousCopy, match="no previous copy"):
        shop.restore()
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)


def test_what_staging_held_before_the_first_sync_is_kept(shop: Shop) -> None:
    shop.run(f"CREATE DATABASE `{STAGING}`", f"CREATE TABLE `{STAGING}`.old (id int) ENGINE=InnoDB", schema=None)

    shop.sync(take_over=STAGING)

    assert "old" not in shop.tables(STAGING)
    assert shop.tables(f"{STAGING}_prev") == ["old"]


def test_production_that_keeps_its_server_busy_holds_a_gentle_sync_back_and_not_up(
    empty_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "_LONGEST_REST", 0.2)  # it rests twenty times, for so long each time
    empty_shop.run("CREATE TABLE thing (id int PRIMARY KEY) ENGINE=InnoDB", "INSERT INTO thing VALUES (1), (2)")
    looks = itertools.count(1)
    busy = replace(empty_shop.endpoint, processor=lambda: ProcessorTime(float(next(looks)), 1.0, next(looks), 0))

    run_sync(busy, empty_shop.owner, empty_shop.request(pace=GENTLE), empty_shop.lines.append)

    assert empty_shop.contents(STAGING) == empty_shop.contents(PRODUCTION)
    assert next(looks) > 6


@pytest.mark.parametrize("checks", [0, 1])
def test_a_session_checks_after_a_table_with_a_vector_index_what_it_did_before_it(
    empty_shop: Shop, checks: int
) -> None:
    empty_shop.run("CREATE TABLE plain (id int PRIMARY KEY) ENGINE=InnoDB")
    with closing(Session(empty_shop.endpoint)) as session:
        table = read_tables(session, PRODUCTION, ["plain"])["plain"]
        session.run(f"SET SESSION unique_checks = {checks}")
        with row_by_row(session, replace(table, statement=f"{table.statement}\n  VECTOR KEY `v` (`id`)")):
            assert session.value("SELECT @@SESSION.unique_checks") == 1
        assert session.value("SELECT @@SESSION.unique_checks") == checks


def test_progress_and_summary_say_what_happens(shop: Shop) -> None:
    result = shop.sync()

    assert any("verifying" in line for line in shop.lines)
    assert shop.lines[-1] == "swapping the new copy in"
    for part in ("full sync", "11 tables", f"{result.rows:,} rows", result.snapshot_time):
        assert part in result.summary()
