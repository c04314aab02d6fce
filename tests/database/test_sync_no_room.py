"""A server whose disk is full, or would be."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cadrart_infra.accounts.ownership import notes
from cadrart_infra.accounts.statements import Access
from cadrart_infra.mysql.disk_space import free_bytes_at
from cadrart_infra.staging_sync.errors import NoRoom, TooLittleRoom
from cadrart_infra.staging_sync.sync import run_sync
from sandbox.local_servers import KINDS, running_server
from tests.database.backups import Claim
from tests.database.harness import PRODUCTION, STAGING, SYNC_USER, Shop

# All tables in one file that may not grow: the error is the one that a full tablespace gives.
_SMALL = {"innodb-file-per-table": "OFF", "innodb-data-file-path": "ibdata1:12M:autoextend:max:64M"}
_DISK_MEGABYTES = 700


def fill(shop: Shop) -> None:
    """Production of about 35 MB, and staging with a small old copy in a database that is noted as its own."""
    shop.reset()
    shop.run(
        *notes(Access(PRODUCTION, STAGING, "", "", SYNC_USER)),
        "CREATE TABLE big (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, filler varchar(4000)) ENGINE=InnoDB",
        "INSERT INTO big (filler) VALUES (REPEAT('x', 4000))",
        *["INSERT INTO big (filler) SELECT filler FROM big"] * 13,
        f"CREATE DATABASE `{STAGING}`",
        f"CREATE TABLE `{STAGING}`.old (id int PRIMARY KEY) ENGINE=InnoDB",
    )


@pytest.fixture(params=sorted(KINDS))
def full_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Production takes more than half of the room there is."""
    with running_server(KINDS[request.param], _SMALL) as server:
        shop = Shop(server)
        fill(shop)
        yield shop


def test_no_room(full_shop: Shop) -> None:
    with pytest.raises(NoRoom, match="no room left") as caught:
        full_shop.sync()

    assert "Enlarge the volume and run again" in str(caught.value)
    assert full_shop.tables(STAGING) == ["old"]
    assert full_shop.leftovers() == []
    full_shop.run("DELETE FROM big WHERE id % 16 <> 0")

    full_shop.sync()

    assert full_shop.contents(STAGING) == full_shop.contents(PRODUCTION)


@dataclass
class SmallDisk:
    """A server whose files lie on a file system of their own."""

    shop: Shop
    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def leave(self, megabytes: int) -> None:
        """Fill the disk but for so much."""
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.free_bytes() - megabytes * 1_000_000)

    def free_bytes(self) -> int:
        free = free_bytes_at((), str(self.folder))
        assert free is not None
        return free


@pytest.fixture(params=sorted(KINDS))
def small_disk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    """The binary log is on where the kind's defaults have it on."""
    options = f"size={_DISK_MEGABYTES}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "cadrart-test", tmp_path], check=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    try:
        with running_server(KINDS[request.param]) as server:
            shop = Shop(server)
            fill(shop)
            shop.run("ANALYZE TABLE big")  # the check goes by the server's statistics
            yield SmallDisk(shop, tmp_path)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_too_little_room_is_foreseen_where_the_free_space_is_known(small_disk: SmallDisk) -> None:
    shop = small_disk.shop
    small_disk.leave(30)
    endpoint = replace(shop.endpoint, free_bytes=small_disk.free_bytes)

    with pytest.raises(TooLittleRoom, match=r"disk has \d+ MB free.*takes about \d+ MB.*Nothing was copied"):
        run_sync(endpoint, shop.owner, shop.request(), shop.lines.append)

    assert not any(line.startswith("copying") for line in shop.lines)
    assert shop.tables(STAGING) == ["old"]
    small_disk.ballast.unlink()
    run_sync(endpoint, shop.owner, shop.request(), shop.lines.append)
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)


def test_a_repair_ends_before_it_has_filled_the_disk(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older copy is kept, so that no room was asked for; every row is written again."""
    shop = empty_shop
    for table in ("a", "b", "c"):
        shop.run(f"CREATE TABLE {table} (id int PRIMARY KEY, v int)", f"INSERT INTO {table} VALUES (1, 1)")
    for _ in range(2):
        shop.sync()
    before = shop.contents(STAGING)
    shop.run("UPDATE a SET v = 2", "UPDATE c SET v = 2")
    monkeypatch.setattr("cadrart_infra.staging_sync.progress._EVERY_SECONDS", 0.0)
    monkeypatch.setattr("cadrart_infra.mysql.disk_space._LOOK_EVERY_SECONDS", 0.0)
    free = [100_000_000, 40_000_000]
    endpoint = replace(shop.endpoint, free_bytes=lambda: free.pop(0) if len(free) > 1 else free[0])

    with pytest.raises(NoRoom, match=r"disk has 40 MB free by now, and what is left is for production"):
        run_sync(endpoint, shop.owner, shop.request(), shop.lines.append)

    assert shop.contents(STAGING) == before
    assert shop.leftovers() == []
    shop.sync()
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)


def test_disk_gets_full_while_rows_are_copied(small_disk: SmallDisk) -> None:
    shop = small_disk.shop
    small_disk.leave(12)

    with pytest.raises(NoRoom, match="no room left"):
        shop.sync()

    assert shop.tables(STAGING) == ["old"]
    assert len(shop.contents(PRODUCTION)["big"]) == 2**13
    small_disk.ballast.unlink()
    shop.sync()
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)

    folder = shop.server.folder / "backups"
    folder.mkdir()
    claim = Claim(shop, folder, f"/mnt/{folder.name}")
    small_disk.leave(12)
    done = claim.dump()
    assert (done.returncode, done.stdout.splitlines()[-1]) == (18, "error: its disk is full")
    assert claim.list() == []
    small_disk.ballast.unlink()
    assert claim.dump().returncode == 0
