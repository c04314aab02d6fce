"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
import time


def machine() -> str:
    """Processors, memory, system, day, and how busy the machine was at the start."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}, "
        f"{time.strftime('%Y-%m-%d')}; load {os.getloadavg()[1]:.1f} at the start"
    )
