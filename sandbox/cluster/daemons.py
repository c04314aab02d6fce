"""Starts and stops the cluster's daemons, and knows them again after a crash of the one who started them."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster import cgroups, network
from sandbox.cluster.client_environment import NO_PROXY, seldom_collected
from sandbox.errors import SandboxError
from sandbox.files import write_whole
from sandbox.paths import ClusterPaths
from sandbox.progress import tail

# The group first: once the number is known, the process can be found and ended with the cluster.
_ANNOUNCE = 'echo $$ > "$0" && echo $$ > "$1" && shift && exec "$@"'


@dataclass(frozen=True)
class Daemon:
    """A running daemon. Its process number alone may belong to another process by now; its start time shows that."""

    name: str
    pid: int
    started: int

    def alive(self) -> bool:
        """Whether it still runs, and its number is not another process's by now."""
        return _start_time(self.pid) == self.started


def start(paths: ClusterPaths, name: str, command: Sequence[str]) -> Daemon:
    """Start a daemon in the cluster's network namespace and control group; its log is `log/<name>.log`."""
    paths.processes.mkdir(exist_ok=True)
    number = paths.processes / f"{name}.pid"
    number.unlink(missing_ok=True)
    group = cgroups.daemons_file(paths.identity)
    entered = network.enter(paths.namespace, command)
    with log_file(paths, name).open("ab") as log:
        subprocess.run(
            ["setsid", "--fork", "sh", "-c", _ANNOUNCE, str(group), str(number), *entered],
            cwd="/",
            env={**os.environ, **NO_PROXY, **seldom_collected(os.environ), "PATH": _search_path(paths)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=True,
        )
    daemon = Daemon(name, *_wait_for_number(paths, name, number))
    record = {"pid": daemon.pid, "started": daemon.started}
    write_whole(paths.processes / f"{name}.json", json.dumps(record))
    return daemon


def _wait_for_number(paths: ClusterPaths, name: str, number: Path) -> tuple[int, int]:
    """The number and start time of a process that writes its number to a file before it becomes the daemon."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if number.exists() and (text := number.read_text()).endswith("\n"):
            started = _start_time(int(text))
            if started is None:
                break
            return int(text), started
        time.sleep(0.01)
    raise SandboxError(f"{name} ended at once. {log_tail(paths, name)}")


def find(paths: ClusterPaths, name: str) -> Daemon | None:
    """The daemon that was started last under this name, if it still runs."""
    try:
        record = json.loads((paths.processes / f"{name}.json").read_text())
    except FileNotFoundError:
        return None
    daemon = Daemon(name, record["pid"], record["started"])
    return daemon if daemon.alive() else None


def stop(paths: ClusterPaths, name: str, timeout: float = 10.0) -> None:
    """Ask the daemon to end, and kill it after `timeout` seconds; with 0 it is killed at once."""
    daemon = find(paths, name)
    if daemon is None:
        return
    if timeout > 0:
        os.kill(daemon.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while daemon.alive():
        if time.monotonic() > deadline:
            os.kill(daemon.pid, signal.SIGKILL)
        time.sleep(0.05)


def log_file(paths: ClusterPaths, name: str) -> Path:
    """Where a daemon's output goes; the folder is made."""
    paths.logs.mkdir(parents=True, exist_ok=True)
    return paths.logs / f"{name}.log"


def log_tail(paths: ClusterPaths, name: str) -> str:
    """The end of a daemon's log, for an error."""
    log = log_file(paths, name)
    text = log.read_text(errors="replace") if log.exists() else ""
    return f"The log of {name}, {log}, ends:\n{tail(text)}"


def _search_path(paths: ClusterPaths) -> str:
    """Daemons call programs of system folders, which the PATH of a plain user's shell may lack."""
    return f"{paths.binaries}:{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin"


def _start_time(pid: int) -> int | None:
    """The process's start in clock ticks since boot; None when it has ended, also as a zombie.

    Where it is killed its first thread can end before the others, with which its ports are still taken.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rsplit(")", 1)[1].split()
    state, threads, started = fields[0], int(fields[17]), int(fields[19])
    return None if state in "ZX" and threads <= 1 else started
