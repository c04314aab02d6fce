"""Whether a copy of tables will fit on the server's disk, asked before a row is copied."""

from __future__ import annotations

from cadrart_infra.mysql.errors import TooLittleRoom
from cadrart_infra.mysql.session import Session

_MARGIN = 1.25  # sizes are the server's statistics, and its other databases go on growing


def require_room(session: Session, free: int, doing: str, size: int) -> None:
    """Raises TooLittleRoom where tables of `size` bytes would not fit into `free`: a full disk stops every writer.

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


def available(report: str) -> int | None:
    """The free bytes in the output of `df -Pk` for one path; None where it is no such output."""
    fields = report.strip().splitlines()[-1].split() if report.strip() else []
    return int(fields[3]) * 1024 if len(fields) >= 6 and fields[3].isdigit() else None


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
