"""Cached folders: made once, and never found half made."""

import threading
import time
from pathlib import Path

import pytest

from sandbox.toolchain.made_once import made_once


def test_second_call_makes_nothing(tmp_path: Path) -> None:
    calls: list[Path] = []

    def make(target: Path, _: int) -> None:
        calls.append(target)
        target.mkdir()
        (target / "content").write_text("whole")

    first = made_once(tmp_path / "cache", "thing", "k1", make)
    second = made_once(tmp_path / "cache", "thing", "k1", make)
    assert first == second == tmp_path / "cache" / "thing-k1"
    assert (first / "content").read_text() == "whole"
    assert len(calls) == 1


def test_a_failure_is_not_found_as_finished_and_its_remains_go(tmp_path: Path) -> None:
    def fail(target: Path, _: int) -> None:
        target.mkdir()
        (target / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path, "thing", "k1", fail)
    assert not (tmp_path / "thing-k1").exists()

    folder = made_once(tmp_path, "thing", "k2", lambda target, _: target.mkdir())
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [folder]


def test_two_at_once_make_it_once(tmp_path: Path) -> None:
    calls: list[int] = []

    def make(target: Path, _: int) -> None:
        calls.append(1)
        target.mkdir()
        time.sleep(0.2)

    threads = [threading.Thread(target=made_once, args=(tmp_path, "thing", "k", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]
