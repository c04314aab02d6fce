"""What a CI keeps of the toolchain: whole, with owners and devices, and no more than was used."""

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.paths import REPOSITORY
from sandbox.toolchain.cache import used


def run(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "CADRART_CACHE": str(folder)}
    subprocess.run([str(REPOSITORY / ".ci" / "cache"), *arguments], env=environment, check=True)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A first run's: nothing was there, two entries were made."""
    folder, file = tmp_path / "first", tmp_path / "toolchain.tar"
    run(folder, "unpack", str(file))
    for entry in ("toolchain/pulumi-1", "toolchain/act-1", "packages/0123"):
        (folder / entry / "bin").mkdir(parents=True)
        (folder / entry / "bin" / "program").write_text(entry)
    run(folder, "pack", str(file))
    return file


def test_what_was_packed_is_there_again(packed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    run(folder, "unpack", str(packed))
    assert (folder / "toolchain/pulumi-1/bin/program").read_text() == "toolchain/pulumi-1"
    assert (folder / "packages/0123/bin/program").read_text() == "packages/0123"


def test_what_a_run_did_not_use_is_packed_no_more(packed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    run(folder, "unpack", str(packed))
    assert used(folder / "toolchain/act-1")
    run(folder, "pack", str(packed))
    run(tmp_path / "third", "unpack", str(packed))
    assert [path.name for path in (tmp_path / "third" / "toolchain").iterdir()] == ["act-1"]


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone makes devices and files of others")
def test_devices_and_owners_come_through(packed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    run(folder, "unpack", str(packed))
    entry = folder / "database-roots" / "mysql-1"
    (entry / "var").mkdir(parents=True)
    os.chown(entry / "var", 999, 999)
    os.mknod(entry / "null", 0o20666, os.makedev(1, 3))
    run(folder, "pack", str(packed))
    run(tmp_path / "third", "unpack", str(packed))
    found = tmp_path / "third" / "database-roots" / "mysql-1"
    assert ((found / "var").stat().st_uid, (found / "null").is_char_device()) == (999, True)
