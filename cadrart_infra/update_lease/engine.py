"""The engine that this process works for: what identifies one run of Pulumi, and whether it still lives."""

import os
import subprocess
from dataclasses import dataclass

from cadrart_infra.cluster.actor import run_of

_NAME = "pulumi"


@dataclass(frozen=True)
class Engine:
    """One run of Pulumi, by the process of its engine; all processes that it starts find the same one."""

    pid: int

    @property
    def run(self) -> str:
        """The run, unique on all machines while it lasts."""
        return run_of(self.pid)

    @property
    def lives(self) -> bool:
        """Whether the engine still works; one that was killed does not, also before anybody has noticed."""
        state = _ps(self.pid, "stat")
        return bool(state) and not state.startswith("Z")

    @property
    def arguments(self) -> list[str]:
        """What it was started with, split at blanks; empty where `ps` does not say."""
        return _ps(self.pid, "args").split()[1:]


def engine() -> Engine:
    """The nearest process above this one that is `pulumi`; this process where the engine was started by it."""
    pid = os.getppid()
    while pid > 1:
        parent, _, name = _ps(pid, "ppid,comm").partition(" ")
        if os.path.basename(name.strip()) == _NAME:
            return Engine(pid)
        if not parent.isdigit():
            break
        pid = int(parent)
    return Engine(os.getpid())


def _ps(pid: int, columns: str) -> str:
    """What `ps` says of a process, without headings, in full; empty where there is no such process, or no `ps`."""
    command = ["ps", "-ww", *(word for column in columns.split(",") for word in ("-o", f"{column}=")), "-p", str(pid)]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
