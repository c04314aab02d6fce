"""Folders in the cache that are made once, whole or not at all, whoever asks first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.toolchain.cache import used


def made_once(parent: Path, kind: str, key: str, make: Callable[[Path, int], None]) -> Path:
    """The folder `parent/kind-key`; `make(partial, lock)` fills a new one that gets this name when it is finished.

    `key` stands for everything that decides the content. One process makes, others wait. What an interrupted one
    left is removed by the next that makes something of this kind; a child process to which `make` passes the
    descriptor `lock` delays that until it has ended too.
    """
    folder = parent / f"{kind}-{key}"
    if used(folder):
        return folder
    parent.mkdir(parents=True, exist_ok=True)
    with _locked(parent / f".{kind}.lock") as lock:
        if not folder.is_dir():
            for leftover in parent.glob(f".{kind}-*.partial"):
                shutil.rmtree(leftover)
            partial = parent / f".{kind}-{key}.partial"
            make(partial, lock)
            partial.rename(folder)
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
