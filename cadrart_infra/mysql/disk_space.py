"""Whether a copy of tables will fit on the server's disk, asked before a row is copied."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cadrart_infra.mysql.errors import NoRoom, TooLittleRoom
from cadrart_infra.mysql.server import FreeBytes

if TYPE_CHECKING:
    from cadrart_infra.mysql.session import Session

_MARGIN = 1.25  # sizes are the server's statistics, and its other databases go on growing
_RESERVE = 256_000_000
_LOOK_EVERY_SECONDS = 5.0
_DF_SECONDS = 35


def require_room(session: Session, free: int, doing: str, size: int) -> None:
    """Raises TooLittleRoom if tables of `size` bytes do not fit into `free`: a full disk stops every writer.

    `doing`: what they are written for, e.g. "copying 5 tables".
    """
    copies = 2 if session.value("SELECT @@log_bin") else 1  # the binary log takes every row once more
    needed = int(size * copies * _MARGIN)
    if free < needed:
        log = ", the binary log included," if copies == 2 else ""
        raise TooLittleRoom(
            f"The database server's disk has {_megabytes(free)} free, and {doing}{log} "
            f"takes about {_megabytes(needed)}."
        )


@dataclass
class RoomGuard:
    """Ends a long run before it has filled the disk: nobody knows in advance how much of a copy will be written again.

    It leaves 256 MB, or half of what was free when it looked first, where that is less.
    """

    free_bytes: FreeBytes
    _reserve: float | None = None
    _looked: float = field(default_factory=time.monotonic)

    def require(self) -> None:
        """Raises NoRoom; looks every five seconds at most, because that may take a while."""
        now = time.monotonic()
        if self._reserve is not None and now - self._looked < _LOOK_EVERY_SECONDS:
            return
        self._looked, free = now, self.free_bytes()
        if free is None:
            return
        if self._reserve is None:
            self._reserve = min(_RESERVE, free / 2)
        if free < self._reserve:
            raise NoRoom(f"its disk has {_megabytes(free)} free by now, and what is left is for production")


def free_bytes_at(command: Sequence[str], folder: str) -> int | None:
    """The room on a folder's file system on the machine where `command` runs commands.

    None where there is no `df`, or it does not answer.
    """
    asked = [*command, "df", "-Pk", folder]
    try:
        done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=_DF_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else free_bytes_of(done.stdout.decode(errors="replace"))


def free_bytes_of(report: str) -> int | None:
    """The free bytes in the output of `df -Pk` for one path; None for any other output."""
    fields = report.strip().splitlines()[-1].split() if report.strip() else []
    return int(fields[3]) * 1024 if len(fields) >= 6 and fields[3].isdigit() else None


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
