"""Reads the CPU counters of the control group of the server's container (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ProcessorTime:
    """Counters since the server's container began."""

    used: float
    """Seconds of processor time."""
    limit: float
    """The most cores that it gets."""
    periods: int
    """Periods of the scheduler that it ran in."""
    throttled: int
    """Those of them in which it had used up what it gets in one."""

    @staticmethod
    def parse(text: str) -> ProcessorTime | None:
        """From the lines `name value …` of the group's files; None where they have no limit.

        With cgroup v2 the file cpu.max has the limit and cpu.stat the rest. With v1 the limit is in two files and the
        time in a third, whose values stand behind their files' names.
        """
        found = {name: values for name, *values in (line.split() for line in text.splitlines() if line.strip())}
        try:
            quota, period = _limit(found)
            used = int(found["usage_usec"][0]) / 1e6 if "usage_usec" in found else int(found["cpuacct.usage"][0]) / 1e9
            counts = (int(found[name][0]) for name in ("nr_periods", "nr_throttled"))
            return ProcessorTime(used, quota / period, *counts) if quota > 0 else None
        except (KeyError, IndexError, ValueError):
            return None


def _limit(found: dict[str, list[str]]) -> tuple[int, int]:
    """Microseconds, and of how many; a limit that is none is no number or below zero."""
    if "cpu.max" in found:
        quota, period = found["cpu.max"]
        return int(quota), int(period)
    return int(found["cpu.cfs_quota_us"][0]), int(found["cpu.cfs_period_us"][0])


ReadProcessor = Callable[[], "ProcessorTime | None"]
"""Reads the counters; None where they cannot be read, or there is no limit."""


def not_known() -> None:
    """The counters, and the free disk, of a server of which nothing but its port is known."""
    return
