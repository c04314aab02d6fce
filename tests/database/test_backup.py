"""Backups made and loaded by the scripts themselves, on real servers, and the exchange of production's tables."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.backup.backups import Backup, parse_records
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.exchange import NOTES, Places, exchange, require_exchangeable
from cadrart_infra.backup.jobs import script_text
from cadrart_infra.backup.restore_account import USER, RestoreAccount
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.session import Endpoint, Session
from tests.database import zoo
from tests.database.harness import PRODUCTION, SYNC_PASSWORD, SYNC_USER, Shop

NAME = "20261123-215500-blue"
RESTORE_PASSWORD = "restore'password"
PLACES = Places(PRODUCTION, f"{PRODUCTION}-restored", f"{PRODUCTION}-replaced-261123-220000")


@dataclass
class Claim:
    """A folder, and how the server's own programs see it."""

    shop: Shop
    folder: Path
    seen_as: str

    def dump(
        self, name: str = NAME, keep: int = 5, path: str = "/usr/bin", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return self._run("dump", PRODUCTION, path, NAME=name, KEEP=str(keep), **variables)

    def load(self, backup: Backup, part: str, database: str) -> subprocess.CompletedProcess[str]:
        account = {"DATABASE_USER": USER, "MYSQL_PWD": RESTORE_PASSWORD}
        backed_up = {"NAME": backup.name, "SHA256": backup.sha256, "SOURCE": backup.database}
        return self._run("load", database, PART=part, **backed_up, **account)

    def list(self) -> list[Backup]:
        return parse_records(self._run("list", "").stdout.splitlines())

    def _run(
        self, script: str, database: str, path: str = "/usr/bin", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        server = self.shop.server
        environment = {
            "PATH": os.environ["PATH"],
            "BACKUPS": self.seen_as,
            "DATABASE": database,
            "DATABASE_HOST": server.host,
            "DATABASE_PORT": str(server.port),
            "DATABASE_USER": SYNC_USER,
            "MYSQL_PWD": SYNC_PASSWORD,
            "TIME": "2026-11-23T21:55:00+00:00",
            "SERVING": json.dumps({"color": "blue", "images": {"backend-blue": "shop/backend:1.0.0"}}),
            **variables,
        }
        command = server.client_command("/bin/bash", "-c", f"PATH={path}\n{script_text(script)}")
        return subprocess.run(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )


@pytest.fixture
def claim(empty_shop: Shop, tmp_path: Path) -> Iterator[Claim]:
    """An empty claim beside a server with an empty production database, and none of a former restore."""
    folder = empty_shop.server.folder / tmp_path.name
    folder.mkdir()
    account_of(empty_shop).create(RESTORE_PASSWORD)
    yield Claim(empty_shop, folder, f"/mnt/{folder.name}")
    account_of(empty_shop).remove()
    for schema in (PLACES.restored, PLACES.replaced):
        empty_shop.run(f"DROP DATABASE IF EXISTS `{schema}`", schema=None)


def fill_with_everything(shop: Shop) -> None:
    """The zoo, but for one view's name.

    A dump makes views in the order of their names, and a CHECK OPTION on a view that is not made yet is refused.
    """
    kind = shop.server.kind.name
    shop.run(*(statement.replace("a_first_view", "third_view") for statement in zoo.statements(kind)))
    # The dump reads the view as its invoker, so its account has to be allowed to run what the view runs.
    shop.run(f"GRANT EXECUTE ON FUNCTION `{PRODUCTION}`.plus_one TO '{SYNC_USER}'@'%'")


def backed_up(claim: Claim) -> Backup:
    done = claim.dump()
    assert done.returncode == 0, done.stdout
    (backup,) = claim.list()
    return backup


def restored_beside(claim: Claim, backup: Backup) -> None:
    claim.shop.run(f"CREATE DATABASE `{PLACES.restored}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", schema=None)
    done = claim.load(backup, "tables", PLACES.restored)
    assert done.returncode == 0, done.stdout


def load_events(claim: Claim, backup: Backup) -> None:
    done = claim.load(backup, "events", PRODUCTION)
    assert done.returncode == 0, done.stdout


def account_of(shop: Shop) -> RestoreAccount:
    """The account of a restore, not created yet."""
    root = RootClient(shop.server.client_command("env"), shop.server.root_password, "/mnt/server.sock")
    return RestoreAccount(root, PLACES)


@contextmanager
def look_session(shop: Shop) -> Iterator[Session]:
    """As a restore looks at a backup: production can only be read."""
    endpoint = Endpoint(shop.server.host, shop.server.port, USER, RESTORE_PASSWORD)
    with closing(Session(endpoint)) as session:
        yield session


@contextmanager
def exchange_session(shop: Shop) -> Iterator[Session]:
    """As a restore puts a backup in production's place."""
    with account_of(shop).on_production(), look_session(shop) as session:
        yield session


def test_everything_comes_back_beside_and_then_in_place(claim: Claim) -> None:
    shop = claim.shop
    fill_with_everything(shop)
    contents, definitions = shop.contents(PRODUCTION), shop.definitions(PRODUCTION)
    backup = backed_up(claim)
    assert (backup.tables, backup.events, backup.serving) == (len(contents), 1, "blue")

    shop.run(
        *("INSERT INTO tree VALUES (9, NULL, NULL)", "DROP TABLE latin_only", "CREATE TABLE newer (id int)"),
        *("DROP VIEW third_view", "DROP TRIGGER tree_after_too", "ALTER EVENT nightly DISABLE"),
    )
    changed = shop.contents(PRODUCTION)
    restored_beside(claim, backup)
    assert shop.contents(PLACES.restored) == contents
    beside = shop.definitions(PLACES.restored)
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
    noted = {row[1] for row in aside.pop(NOTES)}
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
    ],
    ids=["password", "no dump program", "cut off"],
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
    """Folders for PATH: one without a dump program, one with a dump program that loses its output's end."""
    client, dump = ("mariadb", "mariadb-dump") if shop.is_mariadb else ("mysql", "mysqldump")
    only_client, cut_off = (shop.server.folder / name for name in ("only-client", "cut-off"))
    for folder in (only_client, cut_off):
        folder.mkdir(exist_ok=True)
    for name in (client, "gzip"):
        link = only_client / name
        link.unlink(missing_ok=True)
        link.symlink_to(f"/usr/bin/{name}")
    program = cut_off / dump
    program.write_text(f'#!/bin/sh\n/usr/bin/{dump} "$@" | head -n 12\n')
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


def test_a_look_at_a_backup_changes_nothing_in_production(claim: Claim) -> None:
    shop = claim.shop
    shop.run(*NAMED)
    contents, definitions = shop.contents(PRODUCTION), shop.definitions(PRODUCTION)
    backup = backed_up(claim)
    shop.run("DROP TRIGGER a", f"ALTER DATABASE `{PRODUCTION}` COLLATE utf8mb4_general_ci")
    now = shop.definitions(PRODUCTION)

    restored_beside(claim, backup)

    assert shop.definitions(PRODUCTION) == now
    assert shop.contents(PLACES.restored) == contents
    beside = shop.definitions(PLACES.restored)
    assert beside.keys() == definitions.keys()
    assert "NEW.v = 7" in beside["TRIGGER a"]


def test_the_record_tells_what_the_tables_take(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE tree (id int PRIMARY KEY, v varchar(4000))")
    claim.shop.run("INSERT INTO tree VALUES " + ", ".join(f"({i}, REPEAT('x', 4000))" for i in range(500)))
    claim.shop.run("ANALYZE TABLE tree")

    assert 1_000_000 < backed_up(claim).data < 20_000_000
