"""What the cache holds, when each entry was used last, and the removal of what nobody uses any more."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox.paths import CLUSTERS, cache_root
from sandbox.progress import Progress

KEPT_DAYS = 14
"""An entry that was not used for so long is of an older state of the sources, as a rule."""

SHELVES = ("toolchain", "database-roots", "shop-images", "busybox")
"""Folders of the cache; an entry is named `<kind>-<key>`, and the key stands for all that decides the content."""


def used(entry: Path) -> bool:
    """Notes that an entry is used now; False where there is none."""
    try:
        os.utime(entry)
    except FileNotFoundError:
        return False
    return True


def prune(progress: Progress, clusters: Path = CLUSTERS) -> None:
    """Removes entries that were not used for KEPT_DAYS, but none that a process or a cluster in `clusters` uses."""
    oldest = time.time() - KEPT_DAYS * 86400
    old = [entry for entry in _entries() if entry.stat().st_mtime < oldest]
    if not old:
        return
    in_use = list(_in_use(clusters))
    unused = [entry for entry in old if not any(path.is_relative_to(entry) for path in in_use)]
    removed = [entry.name for entry in unused if _remove(entry, oldest)]
    if removed:
        progress.line(f" ✓ not used for {KEPT_DAYS} days and removed from the cache: {', '.join(removed)}")


def _entries() -> Iterator[Path]:
    for shelf in SHELVES:
        yield from sorted(path for path in (cache_root() / shelf).glob("[!.]*-*") if path.is_dir())


def _in_use(clusters: Path) -> Iterator[Path]:
    """Programs that run, the roots that they run in, and what the clusters that are up have links to."""
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("exe", "root", "cwd"):
            with contextlib.suppress(OSError):
                yield (process / name).readlink()
    for pattern in ("*/bin/*", "*/pulumi-home/plugins/*/*"):
        yield from (link.readlink() for link in clusters.glob(pattern) if link.is_symlink())


def _remove(entry: Path, oldest: float) -> bool:
    """Away in one step, so that nobody finds half of it; put back where somebody used it in this very moment."""
    away = entry.with_name(f".{entry.name}.removed")
    shutil.rmtree(away, ignore_errors=True)
    entry.rename(away)
    if away.stat().st_mtime >= oldest:
        away.rename(entry)
        return False
    shutil.rmtree(away, ignore_errors=True)
    return True
