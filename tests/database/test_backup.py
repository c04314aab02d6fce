"""Backups made and loaded by the scripts themselves, on real servers, and the exchange of production's tables."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pymysql
import pytest
from pymysql.cursors import Cursor

from cadrart_infra.backup import jobs, making
from cadrart_infra.backup.comparison import Comparison, removed_afterwards
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.exchange import exchange, require_exchangeable
from cadrart_infra.backup.making import LOAD, READ
from cadrart_infra.backup.notes import EXCHANGED_OBJECTS, NOTES
from cadrart_infra.backup.restore_account import USER
from cadrart_infra.backup.restored_database import require_as_noted
from cadrart_infra.mysql.errors import TooLittleRoom
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_settings import FREE
from tests.database.backups import (
    BESIDE,
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
    trusted_session,
)
from tests.database.harness import PRODUCTION, SYNC_PASSWORD, SYNC_USER, Shop


@pytest.mark.usefixtures("binary_log")
def test_a_server_that_logs_statements_is_backed_up_and_restored_too(claim: Claim) -> None:
    shop = claim.shop
    ((before,),) = shop.run("SELECT @@GLOBAL.binlog_format")
    shop.run("SET GLOBAL binlog_format = 'STATEMENT'")
    try:
        shop.run("CREATE TABLE client (id int PRIMARY KEY, name text)", "INSERT INTO client VALUES (1, 'Léa')")
        contents, backup = shop.contents(PRODUCTION), backed_up(claim)
        shop.run("UPDATE client SET name = 'lost'")
        restored_beside(claim, backup)
        with exchange_session(shop) as session:
            exchange(session, NAME, PLACES, lambda _: load_events(claim, backup), shop.lines.append)
        assert shop.contents(PRODUCTION) == contents
    finally:
        shop.run(f"SET GLOBAL binlog_format = '{before}'")


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


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"MYSQL_PWD": "wrong"}, 12),
        ({"path": "/mnt/only-client"}, 10),
        ({"path": "/mnt/cut-off:/usr/bin"}, 15),
        ({"path": "/mnt/cut-off:/usr/bin", "verify": READ}, 15),
    ],
    ids=["password", "no gzip", "cut off", "cut off and only read"],
)
def test_what_fails_leaves_no_backup(claim: Claim, variables: dict[str, Any], code: int) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE tree (id int PRIMARY KEY)", "INSERT INTO tree VALUES (1)")
    _odd_programs(shop)
    done = claim.dump(**variables)
    assert done.returncode == code, done.stdout
    assert "error: " in done.stdout
    assert SYNC_PASSWORD not in done.stdout
    assert claim.list() == []


def _odd_programs(shop: Shop) -> None:
    """Folders for PATH: one without gzip, one with a client program that loses a dump's end."""
    client = "mariadb" if shop.is_mariadb else "mysql"
    only_client, cut_off = (shop.server.folder / name for name in ("only-client", "cut-off"))
    for folder in (only_client, cut_off):
        folder.mkdir(exist_ok=True)
    link = only_client / client
    link.unlink(missing_ok=True)
    link.symlink_to(f"/usr/bin/{client}")
    program = cut_off / client
    program.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        f'*--quick*) /usr/bin/{client} "$@" | head -n 12 ;;\n*) exec /usr/bin/{client} "$@" ;;\nesac\n'
    )
    program.chmod(0o755)


@pytest.fixture
def small_claim(empty_shop: Shop, tmp_path: Path) -> Iterator[Claim]:
    """A claim of 64 KiB. It lies in /dev, the only place that the server's programs share with this machine's."""
    folder = Path("/dev/shm", f"cadrart-{tmp_path.parent.name}-{tmp_path.name}")
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=True)
        try:
            yield Claim(empty_shop, folder, str(folder))
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()


def test_a_full_claim_leaves_what_is_kept(small_claim: Claim) -> None:
    shop = small_claim.shop
    shop.run("CREATE TABLE noise (id int PRIMARY KEY, x varbinary(255)) ENGINE=InnoDB")
    first = backed_up(small_claim)
    for start in range(0, 3000, 500):
        values = ", ".join(f"({i}, 0x{os.urandom(255).hex()})" for i in range(start, start + 500))
        shop.run(f"INSERT INTO noise VALUES {values}")
    full = small_claim.dump("20261124-100000-green")
    assert full.returncode == 11, full.stdout
    assert "No space left on device" in full.stdout
    assert small_claim.list() == [first]


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


# What a dump says with the name of the database that it was made of.
NAMED = (
    "CREATE TABLE client (id int PRIMARY KEY, v int)",
    "INSERT INTO client VALUES (1, 1)",
    f"CREATE TRIGGER `{PRODUCTION}`.`a` BEFORE INSERT ON `{PRODUCTION}`.`client` FOR EACH ROW SET NEW.v = 7",
    "CREATE PROCEDURE p() SELECT 1",
    # Routines of another default collation make a dump change the database's own for a moment.
    f"ALTER DATABASE `{PRODUCTION}` COLLATE utf8mb4_bin",
)


def load_with(claim: Claim, older: bool, what: bytes, instead: bytes) -> subprocess.CompletedProcess[str]:
    """Loads a backup in whose text something else stands."""
    backup = claim.dump_as_older_releases() if older else backed_up(claim)
    file = claim.folder / f"{NAME}.sql.gz"
    text = gzip.decompress(file.read_bytes())
    assert what in text
    file.write_bytes(gzip.compress(text.replace(what, instead)))
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return claim.load(replace(backup, sha256=sha256), "tables", PLACES.restored)


@pytest.mark.parametrize("older", [False, True], ids=["", "of an older release"])
def test_a_load_that_fails_shows_no_rows(claim: Claim, older: bool) -> None:
    """MariaDB's client shows the statement that the server refuses, and a statement has thousands of rows."""
    claim.shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, mail varchar(50))",
        "INSERT INTO client VALUES (1, 'anna@x.example\nERROR 1'), (2, 'bert@x.example')",
        f"CREATE DATABASE `{PLACES.restored}`",
    )
    done = load_with(claim, older, b"(2,'bert", b"(2,2,'bert")
    assert done.returncode == 22
    assert "ERROR 1136 (21S01)" in done.stdout
    assert "Column count doesn't match value count at row 2" in done.stdout
    assert older or "at table `client`" in done.stdout
    assert "x.example" not in done.stdout


@pytest.mark.parametrize("older", [False, True], ids=["", "of an older release"])
def test_a_load_that_fails_by_a_value_does_not_show_it(claim: Claim, older: bool) -> None:
    """Two that are the same to this server's collation were not to the one that made the backup."""
    claim.shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, mail varchar(50), UNIQUE KEY unique_mail (mail))",
        "INSERT INTO client VALUES (1, 'anna''s\n@x.example'), (2, 'anna''s\n@y.example')",
        f"CREATE DATABASE `{PLACES.restored}`",
    )
    done = load_with(claim, older, b"@y.", b"@x.")
    assert done.returncode == 22
    if not claim.shop.is_mariadb:  # which fills an empty table without a look at it, and names no value at the end
        assert "Duplicate entry '…' for key" in done.stdout
        assert "unique_mail" in done.stdout
    assert "x.example" not in done.stdout
    assert "anna" not in done.stdout


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


@pytest.mark.usefixtures("binary_log")
def test_triggers_and_functions_are_compared_where_the_server_trusts_nobody(claim: Claim) -> None:
    shop = claim.shop
    shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, v int)",
        "CREATE TRIGGER doubled BEFORE INSERT ON client FOR EACH ROW SET NEW.v = twice(NEW.v)",
        "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2",
        "SET GLOBAL log_bin_trust_function_creators = OFF",
    )
    try:
        assert backed_up(claim).verified == LOAD
    finally:
        shop.run("SET GLOBAL log_bin_trust_function_creators = ON")
    assert not shop.run(f"SELECT user FROM mysql.user WHERE user = '{USER}'")


def test_one_that_was_only_read_says_so_and_is_compared_when_it_is_restored(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "INSERT INTO client VALUES (1)")
    done = claim.dump(verify=READ)
    assert done.returncode == 0, done.stdout
    (backup,) = claim.list()
    assert backup.verified == READ
    restored_beside(claim, backup)

    shop.run(f"INSERT INTO `{PLACES.restored}`.client VALUES (2)")
    with look_session(shop) as session, pytest.raises(BackupError, match="table client: it has 2 rows instead of 1"):
        require_as_noted(session, backup, PLACES, shop.lines.append)


@contextmanager
def before_the_comparison(act: Callable[[], object]) -> Iterator[None]:
    """Of each backup that is made meanwhile: `act` is called when it was loaded."""
    heard = making.Beside.heard

    def hear(beside: making.Beside, line: str) -> None:
        if line == making.LOADED:
            act()
        heard(beside, line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making.Beside, "heard", hear)
        yield


def test_rows_that_differ_are_named_and_nothing_is_kept(claim: Claim) -> None:
    """A server that loads something else than it was given, as far as a backup can see."""
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "INSERT INTO client VALUES (1)", "CREATE TABLE other (id int)")
    with before_the_comparison(
        lambda: shop.run(f"UPDATE `{BESIDE}`.client SET id = 7", f"DROP TABLE `{BESIDE}`.other")
    ):
        done = claim.dump()
    assert done.returncode == 17
    missing, other = claim.reasons
    assert missing == "table other is missing"
    assert other.startswith("table client: of its 1 rows some are not as they were (where one is longer than half")
    assert list(claim.folder.iterdir()) == []
    assert not shop.run(f"SHOW DATABASES LIKE '{BESIDE}'")


def test_a_table_that_stays_locked_ends_the_backup(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FREE", FREE.replace("lock_wait_timeout = 60", "lock_wait_timeout = 1"))
    claim.shop.run("CREATE TABLE locked (id int PRIMARY KEY)")
    with started_while_locked(claim, "locked") as (job, _):
        said, _errors = job.communicate()
    assert job.returncode == 23
    assert "ERROR 1205" in said
    assert "\nat table `locked`\n" in said
    assert claim.list() == []


def test_a_migration_meanwhile_fails_the_backup(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)")
    with before_the_comparison(lambda: shop.run("ALTER TABLE client ADD v int")):
        done = claim.dump()
    assert done.returncode == 17
    assert claim.reasons == [f"the tables or objects of {PRODUCTION} were altered while it was made"]


@contextmanager
def started_while_locked(claim: Claim, *tables: str) -> Iterator[tuple[subprocess.Popen[str], Cursor]]:
    """The Job of a backup whose statements are written down, and the session that has locked the tables since then."""
    shop = claim.shop
    with closing(Session(shop.endpoint)) as session, shop.root() as cursor:
        comparison = Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(shop))
        with removed_afterwards(comparison):
            comparison.begin(shop.endpoint, loads=True)
            cursor.execute("LOCK TABLES " + ", ".join(f"{table} WRITE" for table in tables))
            yield claim.start("dump", PRODUCTION, NAME=NAME, KEEP="5", COMPARISON=BESIDE, VERIFY=LOAD), cursor
            cursor.execute("UNLOCK TABLES")


def test_a_dump_that_stops_says_why_and_where_and_shows_no_statement(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE address (id int PRIMARY KEY)", "CREATE TABLE client (id int PRIMARY KEY, name text)")
    with started_while_locked(claim, "address", "client") as (job, cursor):
        wait_until_asked(claim.shop, "address")
        cursor.execute("DROP TABLE client")
        cursor.execute("UNLOCK TABLES")
        said, _ = job.communicate()
    assert job.returncode == 14, said
    reported = said[said.index("dumping ") :].splitlines()[1:]
    assert reported[0].startswith("ERROR 1146 (42S02) at line ")
    assert reported[1:] == ["at table `client`", "error: the dump did not come to its end"]


def test_a_dump_that_the_server_cuts_off_is_reported_as_that(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE client (id int PRIMARY KEY, name text)")
    with started_while_locked(claim, "client") as (job, _):
        claim.shop.run(f"KILL {wait_until_asked(claim.shop, 'client')}")
        said, _errors = job.communicate()
    assert job.returncode == 23, said
    reported = said[said.index("dumping ") :].splitlines()[1:]
    assert reported[0].startswith("ERROR 2013 (HY000) at line ")
    assert reported[1:] == ["at table `client`", "error: the server did not let it go on"]


def wait_until_asked(shop: Shop, table: str) -> int:
    """The number of the connection that waits for the rows of a table that the test has locked."""
    asked = (
        f"SELECT id FROM information_schema.processlist WHERE user = '{SYNC_USER}' "
        f"AND info LIKE 'SELECT%FROM `{PRODUCTION}`.`{table}`%'"
    )
    until = time.monotonic() + 30
    while not (found := shop.run(asked, schema=None)):
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(found[0][0])


def enter_as_many_as_may(shop: Shop, crowd: ExitStack) -> NoReturn:
    while True:
        crowd.callback(shop.connect(user=SYNC_USER).close)


def test_a_server_that_lets_nobody_in_for_a_moment_is_asked_again(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)")

    def crowd_the_server() -> None:
        with shop.setting("max_connections", 10), ExitStack() as crowd:
            with pytest.raises(pymysql.OperationalError, match="Too many connections"):
                enter_as_many_as_may(shop, crowd)
            time.sleep(1)  # the Job asks several times a second

    with before_the_comparison(crowd_the_server):
        backed_up(claim)


def test_a_database_that_no_backup_made_is_not_touched(claim: Claim) -> None:
    shop = claim.shop
    shop.run(
        "CREATE TABLE client (id int PRIMARY KEY)",
        f"CREATE DATABASE `{BESIDE}`",
        f"CREATE TABLE `{BESIDE}`.mine (id int PRIMARY KEY)",
    )
    try:
        with pytest.raises(BackupError, match=f"{BESIDE} .*: mine. It was not touched"):
            claim.dump()
        assert shop.tables(BESIDE) == ["mine"]
    finally:
        shop.run(f"DROP DATABASE `{BESIDE}`")


def test_what_a_killed_backup_left_goes_with_the_next(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "CREATE TABLE a_first (id int PRIMARY KEY)")
    session = Session(shop.endpoint)
    Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(shop)).begin(shop.endpoint, loads=True)
    shop.run(f"CREATE TABLE `{BESIDE}`.client (id int)")
    job = claim.start("dump", PRODUCTION, NAME=NAME, KEEP="5", COMPARISON=BESIDE, VERIFY=LOAD)
    session.abort()  # as a killed program does; its Job finds nobody who compares
    with job:
        said, _ = job.communicate()
    assert job.returncode in (17, 22), said

    backed_up(claim)


def test_too_little_room_is_said_before_anything_is_written(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY, v varchar(4000))")
    shop.run("INSERT INTO client VALUES " + ", ".join(f"({i}, REPEAT('x', 4000))" for i in range(500)))
    shop.run("ANALYZE TABLE client")
    poor = replace(shop.endpoint, free_bytes=lambda: 1_000_000)
    with closing(Session(poor)) as session:
        comparison = Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(shop))
        with pytest.raises(TooLittleRoom, match="loading a backup of 1 tables to compare it"):
            comparison.begin(poor, loads=True)
        assert not shop.run(f"SHOW DATABASES LIKE '{BESIDE}'")


def test_a_second_backup_leaves_the_first_one_s_database(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)")
    with closing(Session(shop.endpoint)) as session:
        first = Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(shop))
        first.begin(shop.endpoint, loads=True)
        with pytest.raises(BackupError, match="Another backup is being made"):
            claim.dump()
        assert shop.tables(BESIDE) == ["cadrart_backup_plan"]
        first.remove()
    assert not shop.run(f"SHOW DATABASES LIKE '{BESIDE}'")
