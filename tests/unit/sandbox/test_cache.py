"""What is removed from the cache, and what never is."""

import io
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.progress import Progress
from sandbox.toolchain import cache

LONG_AGO = time.time() - (cache.KEPT_DAYS + 1) * 86400


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CADRART_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "toolchain"
    folder.mkdir(parents=True)
    return folder


def entry(shelf: Path, name: str, last_used: float = LONG_AGO) -> Path:
    folder = shelf / name
    folder.mkdir()
    (folder / "program").write_text("")
    os.utime(folder, (last_used, last_used))
    return folder


def pruned(clusters: Path) -> str:
    said = io.StringIO()
    cache.prune(Progress(said), clusters)
    return said.getvalue()


def test_what_was_not_used_for_long_goes_and_the_rest_stays(shelf: Path, tmp_path: Path) -> None:
    old, recent = entry(shelf, "kubernetes-0"), entry(shelf, "kubernetes-1", time.time() - 86400)
    assert "kubernetes-0" in pruned(tmp_path / "clusters")
    assert not old.exists()
    assert sorted(shelf.iterdir()) == [recent]
    assert pruned(tmp_path / "clusters") == ""


def test_an_entry_that_is_used_again_stays(shelf: Path, tmp_path: Path) -> None:
    old = entry(shelf, "kubernetes-0")
    assert cache.used(old)
    assert not cache.used(shelf / "kubernetes-1")
    pruned(tmp_path / "clusters")
    assert old.exists()


@pytest.fixture
def program(shelf: Path) -> Iterator[Path]:
    """An old entry whose program runs."""
    folder = entry(shelf, "kubernetes-0")
    shutil.copy2(shutil.which("sleep") or "sleep", folder / "program")
    os.utime(folder, (LONG_AGO, LONG_AGO))
    with subprocess.Popen([folder / "program", "60"]) as process:
        yield folder
        process.kill()


def test_what_a_process_runs_is_never_removed(program: Path, tmp_path: Path) -> None:
    assert pruned(tmp_path / "clusters") == ""
    assert (program / "program").exists()


@pytest.mark.parametrize("place", ["bin/program", "pulumi-home/plugins/resource-x/program"])
def test_what_a_cluster_has_links_to_is_never_removed(shelf: Path, tmp_path: Path, place: str) -> None:
    old = entry(shelf, "kubernetes-0")
    link = tmp_path / "clusters" / "test" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(old / "program")
    assert pruned(tmp_path / "clusters") == ""
    assert old.exists()
