"""Debian's busybox as one static program, from the cache: the shell of the stand-in images, with what it calls."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.paths import cache_root
from sandbox.progress import Progress, tail
from sandbox.toolchain.database_roots import source_line
from sandbox.toolchain.made_once import made_once
from sandbox.toolchain.packages import install_missing

_SUITE = "bookworm"
_COMMAND = ("mmdebstrap", "--variant=extract", "--mode=root", "--format=directory", "--include=busybox-static", _SUITE)
_PROGRESS = Progress()


def program() -> Path:
    """The program, fetched first (in some seconds) where the cache lacks it. Raises SandboxError."""
    key = hashlib.sha256(" ".join(_COMMAND).encode()).hexdigest()[:16]
    return made_once(cache_root() / "busybox", "busybox", key, lambda target, _: _make(target)) / "busybox"


def _make(target: Path) -> None:
    install_missing(_PROGRESS, ["mmdebstrap"])
    target.mkdir()
    root = target / "root"
    with _PROGRESS.step(f"busybox from Debian {_SUITE}"):
        done = subprocess.run(
            [*_COMMAND, str(root), "-"], input=source_line(_SUITE), capture_output=True, text=True, check=False
        )
        if done.returncode != 0 or not (root / "bin/busybox").is_file():
            raise SandboxError(
                f"mmdebstrap could not fetch busybox-static from Debian {_SUITE}; nothing was kept. Check that the "
                f"package mirror can be reached and run it again.\n{tail(done.stderr, 5)}"
            )
        (root / "bin/busybox").rename(target / "busybox")
        shutil.rmtree(root)
