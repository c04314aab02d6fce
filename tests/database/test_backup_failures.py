"""A backup or a load that cannot be whole ends with its reason, and leaves nothing that looks like one."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pymysql
import pytest
from pymysql.cursors import Cursor

from cadrart_infra.backup import jobs
from cadrart_infra.backup.comparison import Comparison, removed_afterwards
from cadrart_infra.backup.errors import EXIT_CODES
from cadrart_infra.backup.making import LOAD, READ
from cadrart_infra.mysql.errors import TooLittleRoom
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_settings import FREE
from cadrart_infra.staging_sync.errors import SyncError, UnsupportedObjects
from tests.database.backups import BESIDE, NAME, PLACES, Claim, backed_up, before_the_comparison, trusted_session
from tests.database.harness import PRODUCTION, SYNC_PASSWORD, SYNC_USER, Shop


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


# What a dump says with the name of the database that it was made of.


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


def test_a_table_that_stays_locked_ends_the_backup(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FREE", FREE.replace("lock_wait_timeout = 60", "lock_wait_timeout = 1"))
    claim.shop.run("CREATE TABLE locked (id int PRIMARY KEY)")
    with started_while_locked(claim, "locked") as (job, _):
        said, _errors = job.communicate()
    assert job.returncode == 23
    assert "ERROR 1205" in said
    assert "\nat table `locked`\n" in said
    assert claim.list() == []


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


def test_a_statement_that_is_longer_than_a_packet_is_sent_whole(claim: Claim) -> None:
    """Texts that functions make end at that length; what a connection takes does not."""
    claim.shop.run(f"CREATE TABLE t (id int PRIMARY KEY COMMENT '{'c' * 1000}')")
    with claim.shop.setting("max_allowed_packet", 1024):
        done = claim.dump()
    assert done.returncode == 0, done.stdout


def test_a_connection_that_takes_too_much_memory_is_reported_as_that(claim: Claim) -> None:
    shop = claim.shop
    if shop.is_mariadb:
        pytest.skip("MySQL has such limits")
    shop.run("CREATE TABLE t (id int PRIMARY KEY, v longtext)", "INSERT INTO t VALUES (1, REPEAT('x', 8000000))")
    with shop.setting("global_connection_memory_tracking", 1), shop.setting("connection_memory_limit", 1 << 21):
        done = claim.dump()
    assert done.returncode == 24
    assert "at table `t`\nerror: " in done.stdout


_FORBIDDEN_BY: dict[str, tuple[int | str, str]] = {
    "innodb_default_row_format": ("compact", "k varchar(700) PRIMARY KEY)"),
    "innodb_force_primary_key": (1, "k int)"),
    "enforce_storage_engine": ("InnoDB", "k int) ENGINE=MyISAM"),
}


@pytest.mark.parametrize("setting", _FORBIDDEN_BY)
def test_a_setting_that_forbids_a_table_is_named_with_what_takes_it_back(claim: Claim, setting: str) -> None:
    shop = claim.shop
    if not shop.is_mariadb and setting != "innodb_default_row_format":
        pytest.skip("MySQL has no such setting")
    value, rest = _FORBIDDEN_BY[setting]
    shop.run(f"CREATE TABLE t ({rest}", f"CREATE DATABASE `{PLACES.restored}`")
    backup = backed_up(claim)
    with shop.setting(setting, value):
        made, loaded = claim.dump("20261124-100000-green"), claim.load(backup, "tables", PLACES.restored)
        with pytest.raises(SyncError, match=f"making table t in .* take it back: SET GLOBAL {setting} = "):
            shop.sync()
    for done in (made, loaded):
        assert done.returncode == 24, done.stdout
        assert "at table `t`\nerror: a setting of the server forbids it\n" in done.stdout
    assert f"SET GLOBAL {setting} = " in EXIT_CODES[24][1]


def test_one_file_for_all_tables_is_named_with_what_takes_it_back(claim: Claim) -> None:
    shop = claim.shop
    if shop.is_mariadb:
        pytest.skip("MariaDB makes such tables all the same")
    shop.run("CREATE TABLE t (id int PRIMARY KEY) ROW_FORMAT=COMPRESSED")
    with shop.setting("innodb_file_per_table", 0):
        assert claim.dump().returncode == 17
        with pytest.raises(UnsupportedObjects, match=r"table t: .*\n.* SET GLOBAL innodb_file_per_table = ON,"):
            shop.sync()
    assert claim.reasons[0].startswith("table t: the server does not make it again as it was: ")
    assert "SET GLOBAL innodb_file_per_table = ON" in claim.reasons[1]


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
