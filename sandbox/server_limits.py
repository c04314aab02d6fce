"""Limits of processor and memory for a local database server, as a pod's container has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cadrart_infra.mysql.processor import ProcessorTime
from sandbox.cluster import cgroups

_PERIOD = 100_000  # microseconds, as the kubelet sets it


@dataclass(frozen=True)
class ServerLimits:
    """A control group of this name; a server that is started in it has what the group has at that moment."""

    name: str

    def create(self) -> None:
        """Make the group, without limits."""
        cgroups.create_plain(self.name, ("cpu", "cpuacct", "memory"))

    @property
    def folders(self) -> list[Path]:
        """The group in every hierarchy that counts for it."""
        return cgroups.folders(self.name, ("cpu", "cpuacct", "memory"))

    def limit_processor(self, cores: float) -> None:
        """From now on, so much processor time a second."""
        quota = round(cores * _PERIOD)
        if (v2 := self._file("cpu.max")) is not None:
            v2.write_text(f"{quota} {_PERIOD}")
        else:
            self._existing("cpu.cfs_period_us").write_text(str(_PERIOD))
            self._existing("cpu.cfs_quota_us").write_text(str(quota))

    def limit_memory(self, size: int) -> None:
        """From now on, so many bytes; the kernel ends a server that needs more."""
        (self._file("memory.max") or self._existing("memory.limit_in_bytes")).write_text(str(size))

    def processor(self) -> ProcessorTime | None:
        """The group's counters, as the sync reads those of a pod; None without a limit."""
        named = ("cpu.max", "cpuacct.usage", "cpu.cfs_quota_us", "cpu.cfs_period_us")
        lines = [f"{name} {file.read_text()}" for name in named if (file := self._file(name))]
        return ProcessorTime.parse("".join([self._existing("cpu.stat").read_text(), *lines]))

    def anonymous_memory(self) -> int:
        """Bytes that the server has for itself and that cannot be written back to a file."""
        lines = self._existing("memory.stat").read_text().splitlines()
        found = dict(line.split() for line in lines)
        return int(found.get("anon") or found["rss"])

    def remove(self) -> None:
        """Remove the group; its processes end meanwhile. Raises SandboxError where they do not."""
        cgroups.remove(self.name)

    def _file(self, name: str) -> Path | None:
        return next((folder / name for folder in self.folders if (folder / name).exists()), None)

    def _existing(self, name: str) -> Path:
        found = self._file(name)
        if found is None:
            raise FileNotFoundError(f"{name} of the control group {self.name}")
        return found
