"""The engine that this process works for: what identifies one run of Pulumi, and whether it still lives."""

import contextlib
from dataclasses import dataclass

import psutil

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
        try:
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @property
    def arguments(self) -> list[str]:
        """What it was started with; empty where the machine does not say."""
        try:
            return psutil.Process(self.pid).cmdline()[1:]
        except psutil.Error:
            return []

    @property
    def program(self) -> str:
        """The `pulumi` that it runs; the first one on the PATH where it was started by this process."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if process.name() == _NAME:
                return process.exe()
        return _NAME


def engine() -> Engine:
    """The nearest process above this one that is `pulumi`; this process where the engine was started by it."""
    mine = psutil.Process()
    above = next((one for one in mine.parents() if _name(one) == _NAME), mine)
    return Engine(above.pid)


def _name(process: psutil.Process) -> str:
    """Empty for one that has ended meanwhile."""
    try:
        return process.name()
    except psutil.Error:
        return ""
