"""What a copy is made with: the sessions, and threads that use them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Table
from cadrart_infra.staging_sync.pace import Pace
from cadrart_infra.staging_sync.progress import Monitor
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.repair import RepairProcedures
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.throttle import Throttle

Task = Callable[[Session], None]


@dataclass(frozen=True)
class CopyTools:
    """The sessions and helpers that the copy is made with.

    `snapshot` reads production at one instant; `copiers` work beside it, each used by one thread at a time.
    `throttle` is asked how large a statement may be, and after it whether to wait.
    """

    schemas: Schemas
    snapshot: Session
    copiers: Sequence[Session]
    procedures: RepairProcedures
    monitor: Monitor
    pace: Pace
    throttle: Throttle


def chunk_rows(table: Table, rows: int, size: int) -> int:
    """As many rows as wanted, or fewer where they are long: about `size` bytes at most."""
    row_bytes = table.bytes // max(table.estimated_rows, 1) + 1
    return max(50, min(rows, size // row_bytes))


def estimated_rows(projections: Sequence[Projection]) -> int:
    """Of all these tables, by the server's statistics."""
    return sum(projection.table.estimated_rows for projection in projections)


def largest_first(projections: Sequence[Projection]) -> list[Projection]:
    """In the order that keeps the workers busy alike until the end."""
    return sorted(projections, key=lambda projection: projection.table.bytes, reverse=True)


def side_by_side(tools: CopyTools, tasks: Sequence[Task]) -> None:
    """Run the tasks on the copiers' sessions; the first error ends all and is raised."""
    waiting = list(reversed(tasks))

    def work(session: Session) -> None:
        while waiting:
            try:
                task = waiting.pop()
            except IndexError:  # another worker took the last one
                return
            task(session)

    with ThreadPoolExecutor(len(tools.copiers)) as executor:
        futures = [executor.submit(work, session) for session in tools.copiers]
        try:
            _wait(tools.monitor, futures)
        except BaseException:
            tools.monitor.stop()
            waiting.clear()
            raise


def _wait(monitor: Monitor, futures: Sequence[Future[None]]) -> None:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.5, return_when="FIRST_EXCEPTION")
        for future in done:
            future.result()
        monitor.tick()
