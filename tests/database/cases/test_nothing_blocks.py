"""No valid schema keeps the sync from working for good, and no error leaves out which table or object it is about."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cadrart_infra.mysql import schema, table_reading
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync import bulk_copy, converge, digest, without_snapshot
from cadrart_infra.staging_sync.errors import MissingGrants, UnsupportedObjects
from cadrart_infra.staging_sync.pace import GENTLE
from cadrart_infra.staging_sync.projection import Projection
from tests.database.cases.playing import play, produce, refusal, require_carried, require_equal
from tests.database.harness import PRODUCTION, STAGING, STAGING_USER, Listener, Shop

CARRIED = (
    "14-foreign-key-to-a-missing-table",
    "15-table-that-became-a-view",
    "15-view-that-became-a-table",
    "19-foreign-key-to-no-unique-key",
    "20-key-block-size",
    "20-row-format-fixed",
    "20-row-size-too-large",
    "25-rows-that-a-check-refuses",
    "39-foreign-key-name-with-backtick",
    "39-mariadb-options",
    "42-keys-of-every-type",
    "45-odd-names",
    "46-shown-otherwise-than-read",
    "47-archive-and-csv",
    "49-types-taken-from-columns",
    "51-engines-without-snapshots",
    "53-sequences",
    "54-tables-with-history",
    "55-keys-by-their-bytes-and-names",
    "59-views-for-one-collation",
    "60-views-that-grow",
    "61-defaults-that-were-dropped",
    "62-columns-of-a-former-character-set",
    "63-unique-keys-in-another-order",
    "64-counters-that-take-null",
    "65-binary-collations-side-by-side",
    "66-parent-dropped-and-child-kept",
)


@pytest.mark.parametrize("name", CARRIED)
def test_carried(empty_shop: Shop, name: str) -> None:
    require_carried(empty_shop, name)


def test_a_decimal_key_with_an_exponent(empty_shop: Shop) -> None:
    require_carried(empty_shop, "26-decimal-key-written-with-an-exponent", pace=GENTLE)


def test_a_vector_index(empty_shop: Shop) -> None:
    if not empty_shop.is_mariadb or empty_shop.run("SELECT VERSION()")[0][0].startswith("10."):
        pytest.skip("MariaDB has them from 11.7 on")
    empty_shop.run(
        "CREATE TABLE picture (id int PRIMARY KEY, v vector(3) NOT NULL, VECTOR INDEX (v) M=8 DISTANCE=cosine)",
        "INSERT INTO picture VALUES (1, VEC_FromText('[1,2,3]')), (2, VEC_FromText('[0.1,-2,1]'))",
    )
    for _ in range(2):
        empty_shop.sync()
        require_equal(empty_shop)
    empty_shop.run("UPDATE picture SET v = VEC_FromText('[9,9,9]') WHERE id = 1")
    empty_shop.sync()
    require_equal(empty_shop)


def test_a_view_that_needs_a_right_is_named_with_it(empty_shop: Shop) -> None:
    name = "27-view-over-json-table-over-function"
    if empty_shop.is_mariadb:
        require_carried(empty_shop, name)
        return
    produce(empty_shop, name)
    with pytest.raises(UnsupportedObjects, match=r"view v2 .*EXECUTE"):
        empty_shop.sync()
    empty_shop.run(f"GRANT EXECUTE ON FUNCTION `{PRODUCTION}`.same TO 'cadrart-sync'@'%'")
    empty_shop.sync()
    require_equal(empty_shop)


def test_a_view_of_numbers_from_a_sequence_is_named(empty_shop: Shop) -> None:
    """MariaDB shows it to no session that may only read: each sync said that a migration was under way."""
    if not empty_shop.is_mariadb:
        pytest.skip("sequences are MariaDB's")
    empty_shop.run(
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE SEQUENCE numbers",
        "CREATE VIEW last_number AS SELECT LASTVAL(numbers) AS n, id FROM t",
    )
    empty_shop.sync()
    require_equal(empty_shop)
    empty_shop.run("CREATE VIEW next_number AS SELECT NEXT VALUE FOR numbers AS n")
    with pytest.raises(
        UnsupportedObjects, match=r"view next_number: \(1142\) INSERT command denied to user 'cadrart-stg'"
    ):
        empty_shop.sync()
    assert empty_shop.run("SELECT next_not_cached_value FROM numbers") == ((1,),)


def test_a_table_without_snapshots_is_written_while_it_is_copied(
    empty_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between what reads it and what verifies it: the copy is of the moment at which it was read."""
    produce(empty_shop, "51-engines-without-snapshots")
    before, rows_digest = empty_shop.contents(PRODUCTION), digest.rows_digest
    changes = {
        "log": "INSERT INTO log (v) VALUES ('meanwhile')",
        "keyless": "DELETE FROM keyless",
        "cache": "UPDATE cache SET v = 'new'",
    }

    def write_then_digest(session: Any, schema: str, projection: Projection) -> Any:
        empty_shop.run(changes.pop(projection.table.name, "SELECT 1"))
        return rows_digest(session, schema, projection)

    monkeypatch.setattr(without_snapshot, "rows_digest", write_then_digest)
    empty_shop.sync()
    assert not changes
    assert empty_shop.contents(STAGING) == before


@pytest.mark.parametrize("at_once", [True, False], ids=["few changes", "many changes"])
def test_history_is_written_while_it_is_copied(
    empty_shop: Shop, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """Few changes are repaired within the snapshot, many outside of any."""
    produce(empty_shop, "54-tables-with-history")
    if not at_once:
        monkeypatch.setattr(converge, "_SNAPSHOT_REPAIR_WEIGHT", 0)
    changes = ["UPDATE price SET v = 1", "DELETE FROM named", "INSERT INTO keyless (v) VALUES (5)"]
    empty_shop.lines = Listener(lambda line: line.startswith("verifying") and changes and empty_shop.run(changes.pop()))
    for _ in range(3):
        empty_shop.sync()
        require_equal(empty_shop)
    assert not changes


def test_a_table_without_snapshots_that_a_crash_left_unreadable_is_made_again(empty_shop: Shop) -> None:
    produce(empty_shop, "51-engines-without-snapshots")
    for _ in range(2):
        empty_shop.sync()
    empty_shop.run("FLUSH TABLES")
    (previous,) = (empty_shop.server.folder / "data").glob("*stg_prev")
    for file in ("log.MYI", "listed.CSM"):
        (previous / file).write_bytes(b"half of it")
    empty_shop.sync()
    require_equal(empty_shop)


def test_a_table_whose_rows_lie_elsewhere_is_named(empty_shop: Shop) -> None:
    text = refusal(empty_shop, "52-rows-that-lie-elsewhere", UnsupportedObjects)
    assert "table merged (its rows are those of other tables: MERGE)" in text
    assert "table part " not in text


def test_a_view_of_a_tester_is_no_obstacle(empty_shop: Shop) -> None:
    empty_shop.run("CREATE TABLE base (id int PRIMARY KEY)")
    empty_shop.sync()
    with empty_shop.connect(STAGING, STAGING_USER) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE VIEW newcomer AS SELECT id FROM base")
    empty_shop.run("CREATE TABLE newcomer (id int PRIMARY KEY, v int)", "INSERT INTO newcomer VALUES (1, 2)")
    empty_shop.sync()
    require_equal(empty_shop)


OF_ROOT = (
    "VIEW shown AS SELECT 1 AS a",
    "PROCEDURE run() SELECT 1",
    "EVENT often ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1",
)


@pytest.mark.parametrize("made", OF_ROOT, ids=["view", "procedure", "event"])
def test_what_an_administrator_made_in_staging_is_no_obstacle(empty_shop: Shop, made: str) -> None:
    shop, account = empty_shop, "'cadrart-sync'@'%'"
    shop.run(
        "CREATE TABLE base (id int PRIMARY KEY, v int)",
        "CREATE TRIGGER counted BEFORE INSERT ON base FOR EACH ROW SET NEW.v = 1",
        "CREATE VIEW seen AS SELECT id FROM base",
    )
    shop.sync()
    shop.run(f"CREATE {made}", schema=STAGING)
    if not shop.is_mariadb:
        name = " ".join(made.split()[:2]).replace("()", "")
        shop.run(f"REVOKE SYSTEM_USER ON *.* FROM {account}")
        with pytest.raises(MissingGrants, match=f"run as root: DROP {name.replace(' ', ' IF EXISTS .*')}"):
            shop.sync()
        assert {"TRIGGER counted", "VIEW seen", name} <= shop.definitions(STAGING).keys()
        shop.run(f"GRANT SYSTEM_USER ON *.* TO {account}")
    shop.sync()
    require_equal(shop)


OF_NO_COPY = {
    "mysql": ("CREATE LIBRARY l LANGUAGE JAVASCRIPT AS $$ export function f(n) { return n } $$",),
    "mariadb": (
        "SET SESSION sql_mode = 'ORACLE'",
        "CREATE PACKAGE p AS FUNCTION f RETURN int; END",
        "CREATE PACKAGE BODY p AS FUNCTION f RETURN int AS BEGIN RETURN 1; END; END",
    ),
}


def test_neither_is_what_an_administrator_made_where_copies_lie(empty_shop: Shop) -> None:
    """Views with the names of tables that move, and what no copy carries."""
    empty_shop.run("CREATE TABLE base (id int PRIMARY KEY, v int)", "INSERT INTO base VALUES (1, 1)")
    for _ in range(2):
        empty_shop.sync()
    for place in (f"{STAGING}_next", f"{STAGING}_prev", STAGING):
        empty_shop.run(*OF_NO_COPY[empty_shop.server.kind.name], schema=place)
    empty_shop.run(
        f"CREATE VIEW `{STAGING}_next`.base AS SELECT 1 AS a",
        f"CREATE VIEW `{STAGING}_prev`.seen AS SELECT 1 AS a",
        f"CREATE TRIGGER `{STAGING}_prev`.counted BEFORE INSERT ON `{STAGING}_prev`.base FOR EACH ROW SET NEW.v = 1",
    )
    for _ in range(2):
        empty_shop.sync()
        require_equal(empty_shop)
    empty_shop.run(f"CREATE VIEW `{STAGING}_next`.base AS SELECT 1 AS a")
    empty_shop.restore()
    require_equal(empty_shop)


@pytest.mark.parametrize("name", ["15-view-that-became-a-table", "15-table-that-became-a-view"])
def test_the_previous_copy_comes_back_over_a_view(empty_shop: Shop, name: str) -> None:
    case = produce(empty_shop, name)
    empty_shop.sync()
    before = empty_shop.contents(STAGING), empty_shop.definitions(STAGING)
    play(empty_shop, case, "later in production")
    empty_shop.sync()
    empty_shop.restore()
    assert (empty_shop.contents(STAGING), empty_shop.definitions(STAGING)) == before
    empty_shop.restore()
    require_equal(empty_shop)


def test_a_unique_value_moves_while_it_is_copied(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    produce(empty_shop, "16-unique-value-moves-during-the-copy")
    copy_chunk, moved = bulk_copy.copy_chunk, list[int]()

    def copy_then_move(*arguments: Any) -> int:
        rows = copy_chunk(*arguments)
        if not moved:
            moved.append(5)
            (mail,) = empty_shop.run("SELECT mail FROM member WHERE id = 5")[0]
            empty_shop.run("DELETE FROM member WHERE id = 5", f"INSERT INTO member (mail) VALUES ('{mail}')")
        return rows

    monkeypatch.setattr(bulk_copy, "copy_chunk", copy_then_move)
    empty_shop.sync(pace=GENTLE)
    require_equal(empty_shop)
    assert moved


@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE TABLE z_cache", "OPTIMIZE TABLE z_cache", "ALTER TABLE z_cache ENGINE=InnoDB"],
)
def test_a_table_is_rebuilt_while_it_is_verified(
    empty_shop: Shop, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    produce(empty_shop, "17-truncate-while-it-verifies")
    open_snapshot, done = Session.open_snapshot, list[str]()

    def open_then_change(session: Session) -> str:
        instant = open_snapshot(session)
        if not done:
            done.append(statement)
            empty_shop.run(statement)
        return instant

    monkeypatch.setattr(Session, "open_snapshot", open_then_change)
    empty_shop.sync()
    require_equal(empty_shop)
    assert done


def test_a_table_goes_while_definitions_are_read(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    produce(empty_shop, "17-truncate-while-it-verifies")
    empty_shop.run("CREATE TABLE tmp_import (id int PRIMARY KEY)")
    read_tables = table_reading.read_tables

    def read_what_is_gone(*arguments: Any) -> Any:
        empty_shop.run("DROP TABLE IF EXISTS tmp_import")
        return read_tables(*arguments)

    monkeypatch.setattr(schema, "read_tables", read_what_is_gone)
    empty_shop.sync()
    require_equal(empty_shop)


def test_a_table_is_away_while_definitions_are_read(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that exchanges tables by their names: the view is read without its table, and is no wrong one."""
    tables = ["CREATE TABLE base (id int PRIMARY KEY)", "CREATE TABLE other (id int PRIMARY KEY)"]
    empty_shop.run(*tables, "CREATE VIEW over_it AS SELECT id FROM base")
    read, renames = schema.read_inventory, ["RENAME TABLE away TO base", "RENAME TABLE base TO away"]

    def read_while_it_is_away(*arguments: Any) -> Any:
        if renames:
            empty_shop.run(renames.pop())
        return read(*arguments)

    monkeypatch.setattr("cadrart_infra.staging_sync.new_copy.read_inventory", read_while_it_is_away)
    empty_shop.sync()
    require_equal(empty_shop)
    assert not renames


def test_a_table_of_an_older_mode_names_the_right_that_it_needs(empty_shop: Shop) -> None:
    if empty_shop.is_mariadb:
        pytest.skip("MariaDB lets every account leave its stricter modes")
    empty_shop.run("REVOKE SESSION_VARIABLES_ADMIN ON *.* FROM 'cadrart-sync'@'%'")
    text = refusal(empty_shop, "20-row-size-too-large", MissingGrants)
    assert "table t again" in text
    assert "GRANT SESSION_VARIABLES_ADMIN ON *.* TO 'cadrart-sync'@'%'" in text
    empty_shop.run("DROP TABLE t", "CREATE TABLE logged (a int)")
    with empty_shop.settings_for_applications():
        empty_shop.run("SET GLOBAL sql_generate_invisible_primary_key = OFF")
        with pytest.raises(MissingGrants, match=r"table logged again .* where sql_require_primary_key is off"):
            empty_shop.sync()


def test_settings_that_the_server_has_for_applications(empty_shop: Shop) -> None:
    case = produce(empty_shop, "48-settings-of-the-server")
    for _ in range(2):
        with empty_shop.settings_for_applications():
            empty_shop.sync()
        require_equal(empty_shop)
        play(empty_shop, case, "later in production")
    with empty_shop.settings_for_applications():
        empty_shop.sync()
        empty_shop.restore()
        empty_shop.restore()
    require_equal(empty_shop)
    in_production = play(empty_shop, case, "the same in both")
    assert play(empty_shop, case, "the same in both", STAGING) == in_production


def test_a_transaction_that_the_server_begins_for_each_session(empty_shop: Shop) -> None:
    """What a session had read would stay locked for the swap."""
    empty_shop.run("CREATE TABLE client (id int PRIMARY KEY)", "INSERT INTO client VALUES (1)")
    with empty_shop.setting("init_connect", "BEGIN"):
        for _ in range(2):
            empty_shop.sync(swap_retry_seconds=5)
    require_equal(empty_shop)


def test_a_snapshot_waits_for_longer_than_a_transaction_may(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    if not empty_shop.is_mariadb:
        pytest.skip("MySQL sets transactions no such limit")
    empty_shop.run("CREATE TABLE client (id int PRIMARY KEY)", "INSERT INTO client VALUES (1)")
    open_snapshot = Session.open_snapshot

    def open_then_wait(session: Session) -> str:
        instant = open_snapshot(session)
        time.sleep(2)
        return instant

    monkeypatch.setattr(Session, "open_snapshot", open_then_wait)
    for setting in ("idle_transaction_timeout", "idle_readonly_transaction_timeout"):
        with empty_shop.setting(setting, 1):
            empty_shop.sync()
    require_equal(empty_shop)


def test_limits_of_sessions_are_lifted(empty_shop: Shop) -> None:
    if not empty_shop.is_mariadb:
        pytest.skip("these are MariaDB's")
    empty_shop.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    with empty_shop.setting("tmp_disk_table_size", 16384), empty_shop.setting("max_session_mem_used", 100000):
        empty_shop.sync()
    require_equal(empty_shop)


def test_a_table_is_altered_while_it_is_copied_or_verified(empty_shop: Shop) -> None:
    """In ways that the server reports as something else, or not at all."""
    case = produce(empty_shop, "50-altered-meanwhile")
    for step, heading in (("copying", "wider"), ("copying", "of another type"), ("verifying", "without its key")):
        waiting = [heading]

        def act(line: str, step: str = step, waiting: list[str] = waiting) -> None:
            if line.startswith(step) and waiting:
                play(empty_shop, case, waiting.pop())

        empty_shop.lines = Listener(act)
        empty_shop.sync()
        assert not waiting
        require_equal(empty_shop)
