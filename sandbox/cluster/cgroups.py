"""The cluster's own control groups: what limits its pods, and how every process of it is found again."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.errors import SandboxError

_ROOT = Path("/sys/fs/cgroup")
_DAEMONS = "daemons"
_FOR_KUBELET = ("cpu", "cpuset", "memory", "pids", "hugetlb")
_ENDING_SECONDS = 20.0
_SHARE = 32
"""Processor time of all pods together, in shares of one process beside them. With a single share, a whole shop would
get as much as any of the programs that update and test it, which do not run on the node of a real cluster."""


def hierarchies() -> list[Path]:
    """The mounted hierarchies: one with cgroup v2, one per controller with v1."""
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    found = _mounted("cgroup")
    if not found:
        raise SandboxError(f"No control groups are mounted under {_ROOT}; kubelet cannot run. Nothing was changed.")
    return found


def everywhere() -> list[Path]:
    """The hierarchies, and with cgroup v1 also the v2 one that some machines mount beside them and runc fills."""
    return list(dict.fromkeys([*hierarchies(), *_mounted("cgroup2")]))


def create(group: str) -> None:
    """Make the group in every hierarchy, with all controllers that its children may need."""
    for hierarchy in hierarchies():
        folder = hierarchy / group
        folder.mkdir(exist_ok=True)
        if hierarchy == _ROOT:
            _delegate(hierarchy)
            _delegate(folder)
        _inherit_cpuset(hierarchy, folder)
        _give_share(folder)
        (folder / _DAEMONS).mkdir(exist_ok=True)
        _inherit_cpuset(folder, folder / _DAEMONS)


def create_plain(group: str, controllers: Sequence[str]) -> None:
    """Make the group for these controllers, without children, so that processes may be in it with cgroup v2 as well."""
    for folder in folders(group, controllers):
        if folder.parent == _ROOT:
            _delegate(folder.parent)
        folder.mkdir(exist_ok=True)


def folders(group: str, controllers: Sequence[str]) -> list[Path]:
    """Where the group of that name is or will be: in the one hierarchy of v2, or in those of the controllers."""
    mounted = hierarchies()
    if mounted == [_ROOT]:
        return [_ROOT / group]
    return [one / group for one in mounted if set(controllers) & set(one.name.split(","))]


def daemons_file(group: str) -> Path:
    """Where a process writes its number to be counted among the cluster's daemons."""
    return _tracking() / group / _DAEMONS / "cgroup.procs"


def kill_all(group: str) -> None:
    """End every process of the group, those of its pods included, and wait until the last is gone."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while pids := list(_members(group)):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise SandboxError(f"Processes of the cluster do not end: {pids}. Run the same command again.")
        time.sleep(0.05)


def remove(group: str) -> None:
    """Remove the group from every hierarchy; its processes have ended before."""
    deadline = time.monotonic() + _ENDING_SECONDS
    for hierarchy in everywhere():
        for folder in _deepest_first(hierarchy / group):
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError as error:
                    if time.monotonic() > deadline:
                        raise SandboxError(f"The control group {folder} cannot be removed: {error}") from error
                    time.sleep(0.05)


def _mounted(kind: str) -> list[Path]:
    fields = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    places = (Path(mount_point) for _, mount_point, own_kind, *_ in fields if own_kind == kind)
    return [place for place in places if place.is_relative_to(_ROOT)]


def _tracking() -> Path:
    """The one hierarchy in which processes are counted; with v1 the one for process numbers, which is always on."""
    mounted = hierarchies()
    return next((hierarchy for hierarchy in mounted if hierarchy.name == "pids"), mounted[0])


def _give_share(folder: Path) -> None:
    for name, one_share in (("cpu.shares", 1024), ("cpu.weight", 100)):
        if (file := folder / name).exists():
            file.write_text(str(_SHARE * one_share))


def _delegate(folder: Path) -> None:
    """Give the children of a v2 group the controllers that kubelet asks for, as far as the machine has them."""
    available = (folder / "cgroup.controllers").read_text().split()
    enabled = (folder / "cgroup.subtree_control").read_text().split()
    for controller in _FOR_KUBELET:
        if controller not in available or controller in enabled:
            continue
        try:
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError as error:
            raise SandboxError(
                f"The control group {folder} does not pass {controller} on to its children: {error}.\n"
                "In a container, give it a cgroup namespace and an init that leaves the root group empty."
            ) from error


def _inherit_cpuset(parent: Path, folder: Path) -> None:
    """With cgroup v1 a new cpuset is empty, and no process can enter it."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        own = folder / name
        if parent.joinpath(name).exists() and own.exists() and not own.read_text().strip():
            own.write_text(parent.joinpath(name).read_text())


def _members(group: str) -> Iterator[int]:
    for folder in _deepest_first(_tracking() / group):
        try:
            yield from map(int, (folder / "cgroup.procs").read_text().split())
        except OSError:
            continue


def _deepest_first(folder: Path) -> list[Path]:
    return [Path(path) for path, _, _ in os.walk(folder, topdown=False)]
