"""Backups made and loaded by the scripts themselves, on real servers, and the exchange of production's tables."""

from __future__ import annotations

import re
import threading

import pytest

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.exchange import exchange, require_exchangeable
from cadrart_infra.backup.notes import EXCHANGED_OBJECTS, NOTES
from tests.database.backups import (
    NAME,
    PLACES,
    Claim,
    backed_up,
    exchange_session,
    fill_with_everything,
    load_events,
    look_session,
    restored_beside,
    restored_contents,
)
from tests.database.harness import PRODUCTION


@pytest.mark.usefixtures("binary_log")
def test_a_server_that_logs_statements_is_backed_up_and_restored_too(claim: Claim) -> None:
    shop = claim.shop
    with shop.setting("binlog_format", "STATEMENT"):
        shop.run("CREATE TABLE client (id int PRIMARY KEY, name text)", "INSERT INTO client VALUES (1, 'Léa')")
        contents, backup = shop.contents(PRODUCTION), backed_up(claim)
        shop.run("UPDATE client SET name = 'lost'")
        restored_beside(claim, backup)
        with exchange_session(shop) as session:
            exchange(session, NAME, PLACES, lambda _: load_events(claim, backup), shop.lines.append)
        assert shop.contents(PRODUCTION) == contents


@pytest.mark.usefixtures("binary_log")
def test_a_sequence_that_a_setting_forbids_is_named_with_it(claim: Claim) -> None:
    shop = claim.shop
    if not shop.is_mariadb:
        pytest.skip("sequences are MariaDB's")
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "CREATE SEQUENCE numbers")
    with shop.setting("binlog_format", "STATEMENT"):
        done = claim.dump()
    assert done.returncode == 24
    assert "ERROR 1665 " in done.stdout
    assert "at table `numbers`" in done.stdout


@pytest.mark.parametrize("older", [False, True], ids=["", "of an older release"])
def test_everything_comes_back_beside_and_then_in_place(claim: Claim, older: bool) -> None:
    shop = claim.shop
    fill_with_everything(shop, older=older)
    contents, definitions = shop.contents(PRODUCTION), shop.definitions(PRODUCTION)
    backup = claim.dump_as_older_releases() if older else backed_up(claim)
    assert (backup.tables, backup.events, backup.serving) == (len(contents), 1, "blue")

    shop.run(
        *("INSERT INTO tree VALUES (9, NULL, NULL)", "DROP TABLE latin_only", "CREATE TABLE newer (id int)"),
        *(
            f"DROP VIEW {'third_view' if older else 'a_first_view'}",
            "DROP TRIGGER tree_after_too",
            "ALTER EVENT nightly DISABLE",
        ),
    )
    changed = shop.contents(PRODUCTION)
    restored_beside(claim, backup)
    assert restored_contents(shop) == contents
    beside = shop.definitions(PLACES.restored)
    beside.pop(f"TABLE {NOTES}", None)
    if not older:  # its views, triggers and routines stay within it
        beside = {key: text.replace(PLACES.restored, PRODUCTION) for key, text in beside.items()}
    assert beside == {key: text for key, text in definitions.items() if not key.startswith("EVENT")}
    assert shop.contents(PRODUCTION) == changed

    with look_session(shop) as session:
        require_exchangeable(session, PLACES)
    with exchange_session(shop) as session:
        exchange(session, NAME, PLACES, lambda _: load_events(claim, backup), shop.lines.append)
    assert not shop.run(f"SHOW DATABASES LIKE '{PLACES.restored}'")
    assert shop.contents(PRODUCTION) == contents
    assert shop.definitions(PRODUCTION) == definitions
    aside = shop.contents(PLACES.replaced)
    noted = {row[1] for row in aside.pop(EXCHANGED_OBJECTS)}
    assert aside == changed
    assert noted == {"plus_one", "reads_tree", "note", "second_view", "tree_before", "tree_after", "nightly"}


def test_a_long_transaction_keeps_production_as_it_was(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = claim.shop
    fill_with_everything(shop)
    backup = backed_up(claim)
    restored_beside(claim, backup)
    before = shop.contents(PRODUCTION), shop.definitions(PRODUCTION)
    monkeypatch.setattr("cadrart_infra.backup.exchange._GIVE_UP_AFTER_SECONDS", 0)
    with shop.root() as cursor, exchange_session(shop) as session:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM tree")
        with pytest.raises(BackupError, match="Production is as it was"):
            exchange(session, NAME, PLACES, lambda _: None, shop.lines.append)
    assert (shop.contents(PRODUCTION), shop.definitions(PRODUCTION)) == before
    assert not shop.run(f"SHOW DATABASES LIKE '{PLACES.replaced}'")


def test_a_foreign_key_from_elsewhere_is_refused(claim: Claim) -> None:
    shop = claim.shop
    shop.run(
        "CREATE TABLE tree (id int PRIMARY KEY)",
        "CREATE DATABASE third",
        f"CREATE TABLE third.leaf (tree int, FOREIGN KEY (tree) REFERENCES `{PRODUCTION}`.tree (id))",
    )
    with look_session(shop) as session, pytest.raises(BackupError, match=re.escape("third.leaf")):
        require_exchangeable(session, PLACES)


def test_writers_go_on_and_the_backup_is_one_moment(claim: Claim) -> None:
    """Two tables whose sums together never change, while money moves between them."""
    shop = claim.shop
    for table in ("here", "there"):
        shop.run(f"CREATE TABLE {table} (id int PRIMARY KEY, amount int NOT NULL, note varchar(200)) ENGINE=InnoDB")
        shop.run(f"INSERT INTO {table} VALUES " + ", ".join(f"({i}, 100, REPEAT('x', 200))" for i in range(3000)))
    stop, moved = threading.Event(), 0

    def move() -> None:
        nonlocal moved
        with shop.root() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1, autocommit = 0")
            while not stop.is_set() and moved < 20_000:
                row = moved * 7 % 3000
                cursor.execute(f"UPDATE here SET amount = amount - 1 WHERE id = {row}")
                cursor.execute(f"UPDATE there SET amount = amount + 1 WHERE id = {row}")
                cursor.execute("COMMIT")
                moved += 1

    writer = threading.Thread(target=move)
    writer.start()
    try:
        backup = backed_up(claim)
    finally:
        stop.set()
        writer.join()
    assert moved > 10
    restored_beside(claim, backup)
    sums = shop.run("SELECT (SELECT SUM(amount) FROM here), (SELECT SUM(amount) FROM there)", schema=PLACES.restored)
    assert sum(sums[0]) == 600_000


def test_the_newest_are_kept_and_strangers_files_too(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE tree (id int PRIMARY KEY)")
    half = claim.folder / "20200101-000000-green.sql.gz.partial"
    mine = claim.folder / "before-the-move.sql.gz"
    for path in (half, mine):
        path.write_text("…")
    dumped = ("20261121-100000-blue", "20261122-100000-green", "20261123-100000-blue")
    for name in dumped:
        assert claim.dump(name, keep=2).returncode == 0
    assert [backup.name for backup in claim.list()] == [dumped[2], dumped[1]]
    assert not half.exists()
    assert mine.exists()
    assert not (claim.folder / f"{dumped[0]}.json").exists()
    # A clock that went back makes the new one the oldest by its name; it stays all the same.
    assert claim.dump("20261101-100000-blue", keep=1).returncode == 0
    assert [backup.name for backup in claim.list()] == ["20261101-100000-blue"]


def test_a_damaged_file_is_not_loaded(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE tree (id int PRIMARY KEY)")
    backup = backed_up(claim)
    file = claim.folder / f"{backup.name}.sql.gz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    claim.shop.run(f"CREATE DATABASE `{PLACES.restored}`", schema=None)
    assert claim.load(backup, "tables", PLACES.restored).returncode == 21
    file.unlink()
    assert claim.load(backup, "tables", PLACES.restored).returncode == 20
    assert claim.shop.tables(PLACES.restored) == []


NAMED = (
    "CREATE TABLE client (id int PRIMARY KEY, v int)",
    "INSERT INTO client VALUES (1, 1)",
    f"CREATE TRIGGER `{PRODUCTION}`.`a` BEFORE INSERT ON `{PRODUCTION}`.`client` FOR EACH ROW SET NEW.v = 7",
    "CREATE PROCEDURE p() SELECT 1",
    # Routines of another default collation make a dump change the database's own for a moment.
    f"ALTER DATABASE `{PRODUCTION}` COLLATE utf8mb4_bin",
)


@pytest.mark.parametrize("older", [False, True], ids=["", "of an older release"])
def test_a_look_at_a_backup_changes_nothing_in_production(claim: Claim, older: bool) -> None:
    shop = claim.shop
    shop.run(*NAMED)
    contents, definitions = shop.contents(PRODUCTION), shop.definitions(PRODUCTION)
    backup = claim.dump_as_older_releases() if older else backed_up(claim)
    shop.run("DROP TRIGGER a", f"ALTER DATABASE `{PRODUCTION}` COLLATE utf8mb4_general_ci")
    now = shop.definitions(PRODUCTION)

    restored_beside(claim, backup)

    assert shop.definitions(PRODUCTION) == now
    assert restored_contents(shop) == contents
    beside = shop.definitions(PLACES.restored)
    beside.pop(f"TABLE {NOTES}", None)
    assert beside.keys() == definitions.keys()
    assert "NEW.v = 7" in beside["TRIGGER a"]


def test_the_record_says_what_the_tables_take(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE tree (id int PRIMARY KEY, v varchar(4000))")
    claim.shop.run("INSERT INTO tree VALUES " + ", ".join(f"({i}, REPEAT('x', 4000))" for i in range(500)))
    claim.shop.run("ANALYZE TABLE tree")

    assert 1_000_000 < backed_up(claim).data < 20_000_000
