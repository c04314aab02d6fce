"""Whether the copy will fit beside production on the server's disk, asked before a row is copied."""

from __future__ import annotations

from collections.abc import Sequence

from cadrart_infra.cluster.kubectl import ClusterError, Kubectl
from cadrart_infra.mysql.schema import Table
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UNTOUCHED, TooLittleRoom
from cadrart_infra.staging_sync.plan import FreeBytes

_MARGIN = 1.25  # sizes are the server's statistics, and production goes on growing


def require_room(session: Session, free_bytes: FreeBytes, tables: Sequence[Table]) -> None:
    """Raises TooLittleRoom where these tables cannot be copied; a full disk would stop production's writes too."""
    free = free_bytes() if tables else None
    if free is None:
        return
    copies = 2 if session.value("SELECT @@log_bin") else 1  # the binary log takes every copied row once more
    needed = int(sum(table.bytes for table in tables) * copies * _MARGIN)
    if free < needed:
        log = ", the binary log included," if copies == 2 else ""
        raise TooLittleRoom(
            f"The database server's disk has {_megabytes(free)} free, and copying {len(tables)} tables{log} "
            f"takes about {_megabytes(needed)}. {UNTOUCHED} Nothing was copied, for a full disk would stop production "
            "as well. Enlarge the volume or free space on it, and run again."
        )


def free_bytes_in_pod(kubectl: Kubectl, target: str, path: str) -> int | None:
    """What `df` in a pod of `target` says about the file system of `path`; None where the image has no `df`."""
    try:
        return available(kubectl.run("exec", target, "--", "df", "-Pk", path))
    except ClusterError:
        return None


def available(report: str) -> int | None:
    """The free bytes in the output of `df -Pk` for one path; None where it is no such output."""
    fields = report.strip().splitlines()[-1].split() if report.strip() else []
    return int(fields[3]) * 1024 if len(fields) >= 6 and fields[3].isdigit() else None


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
