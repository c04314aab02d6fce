"""Making the copy: its tables, their first filling, and everything until it equals one snapshot of production."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from cadrart_infra.staging_sync import sql
from cadrart_infra.staging_sync.bulk_copy import copy_chunk
from cadrart_infra.staging_sync.chunks import Chunk, split
from cadrart_infra.staging_sync.digest import Digest, copy_digest, production_digest
from cadrart_infra.staging_sync.errors import UNTOUCHED, NotConverging
from cadrart_infra.staging_sync.inventory import Table
from cadrart_infra.staging_sync.plan import Schemas
from cadrart_infra.staging_sync.progress import Monitor
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.repair import RepairProcedures, differing_keys, repair_chunk
from cadrart_infra.staging_sync.session import Session

_COPY_ROWS, _COPY_BYTES = 20_000, 16 << 20
_COMPARE_ROWS, _COMPARE_BYTES = 4_000, 4 << 20
_ROUNDS = 4
_SNAPSHOT_REPAIR_ROWS = 200_000  # a few seconds at most, for which production's tables are held against ALTER
_HELD_SECONDS = 0.3
_SPARSE = 1000  # below one differing row in so many, single rows are repaired instead of their whole chunk


@dataclass(frozen=True)
class Workshop:
    """The sessions and helpers that the copy is made with.

    `snapshot` reads production at one instant; `copiers` work beside it, each used by one thread at a time.
    """

    schemas: Schemas
    snapshot: Session
    copiers: Sequence[Session]
    procedures: RepairProcedures
    monitor: Monitor


@dataclass(frozen=True)
class Difference:
    """A chunk in which the copy is not equal to the snapshot."""

    projection: Projection
    chunk: Chunk
    production: Digest
    copy: Digest


@dataclass(frozen=True)
class Converged:
    """The instant the copy now shows, how many rows it has, and how many were written to get there."""

    snapshot_time: str
    rows: int
    repaired: int


def _chunk_rows(table: Table, rows: int, size: int) -> int:
    row_bytes = table.bytes // max(table.estimated_rows, 1) + 1
    return max(50, min(rows, size // row_bytes))


def _estimated(projections: Sequence[Projection]) -> int:
    return sum(projection.table.estimated_rows for projection in projections)


def fill(workshop: Workshop, projections: Sequence[Projection]) -> None:
    """Copy the given empty tables, the largest first, a table a worker."""
    workshop.monitor.begin("copying", _estimated(projections))
    ordered = sorted(projections, key=lambda projection: projection.table.bytes, reverse=True)
    _side_by_side(workshop, [_fill_task(workshop, projection) for projection in ordered])


def _fill_task(workshop: Workshop, projection: Projection) -> Callable[[Session], None]:
    def run(session: Session) -> None:
        table = projection.table
        size = _chunk_rows(table, _COPY_ROWS, _COPY_BYTES)
        for chunk in split(session, workshop.schemas.production, table, size):
            rows = copy_chunk(session, workshop.schemas, projection, chunk)
            workshop.monitor.advance(table.name, rows)

    return run


def _side_by_side(workshop: Workshop, tasks: Sequence[Callable[[Session], None]]) -> None:
    """Run the tasks on the copiers' sessions; the first error ends all and is raised."""
    waiting = list(reversed(tasks))

    def work(session: Session) -> None:
        while waiting:
            try:
                task = waiting.pop()
            except IndexError:  # another worker took the last one
                return
            task(session)

    with ThreadPoolExecutor(len(workshop.copiers)) as executor:
        futures = [executor.submit(work, session) for session in workshop.copiers]
        try:
            _wait(workshop.monitor, futures)
        except BaseException:
            workshop.monitor.stop()
            waiting.clear()
            raise


def _wait(monitor: Monitor, futures: Sequence[Future[None]]) -> None:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.5, return_when="FIRST_EXCEPTION")
        for future in done:
            future.result()
        monitor.tick()


def converge(workshop: Workshop, projections: Sequence[Projection]) -> Converged:
    """Make the copy equal to one snapshot of production, verified; raises NotConverging."""
    repaired = 0
    for attempt in range(1, _ROUNDS + 1):
        snapshot_time = _open_snapshot(workshop.snapshot)
        rows, found = _compare(workshop, projections)
        differences = _narrow(workshop, found)
        if sum(max(d.production.rows, d.copy.rows) for d in differences) <= _SNAPSHOT_REPAIR_ROWS or attempt == _ROUNDS:
            repaired += _repair_to_snapshot(workshop, differences)
            return Converged(snapshot_time, rows, repaired)
        workshop.snapshot.run("ROLLBACK")
        repaired += _repair_to_newest(workshop, differences)
    raise AssertionError("the last round returns")


def _open_snapshot(session: Session) -> str:
    session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
    return str(session.value("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')"))


def _compare(workshop: Workshop, projections: Sequence[Projection]) -> tuple[int, list[Difference]]:
    """Digest production in the snapshot and, beside it, the copy; returns production's rows and what differs."""
    schemas, monitor = workshop.schemas, workshop.monitor
    monitor.begin("verifying", _estimated(projections))
    pairs: list[tuple[Projection, Chunk, Digest, Future[Digest]]] = []
    with ThreadPoolExecutor(1) as beside:
        try:
            for projection in projections:
                for chunk, production in _snapshot_digests(workshop, projection):
                    copy = beside.submit(copy_digest, workshop.copiers[0], schemas.next, projection, chunk)
                    pairs.append((projection, chunk, production, copy))
                    monitor.advance(projection.table.name, production.rows)
                    monitor.tick()
        except BaseException:
            beside.shutdown(wait=True, cancel_futures=True)
            raise
    compared = [Difference(*pair[:3], pair[3].result()) for pair in pairs]
    return sum(d.production.rows for d in compared), [d for d in compared if d.production != d.copy]


def _snapshot_digests(workshop: Workshop, projection: Projection) -> Iterator[tuple[Chunk, Digest]]:
    """Chunks with production's digests."""
    session, schema = workshop.snapshot, workshop.schemas.production
    with _letting_go(session) as let_go:
        rows = _chunk_rows(projection.table, _COMPARE_ROWS, _COMPARE_BYTES)
        for chunk in split(session, schema, projection.table, rows):
            yield chunk, production_digest(session, schema, projection, chunk)
            let_go()


@contextmanager
def _letting_go(session: Session) -> Iterator[Callable[[], None]]:
    """Reading within the snapshot; tables are let go of several times a second for an ALTER that waits."""
    held_since = time.monotonic()
    session.run("SAVEPOINT before_reading")

    def let_go() -> None:
        nonlocal held_since
        if time.monotonic() - held_since > _HELD_SECONDS:
            session.run("ROLLBACK TO SAVEPOINT before_reading")
            held_since = time.monotonic()

    yield let_go
    session.run("ROLLBACK TO SAVEPOINT before_reading")


def _narrow(workshop: Workshop, differences: Sequence[Difference]) -> list[Difference]:
    """Chunks in which few rows differ become those rows alone, so that their repair holds production's tables less."""
    narrowed: list[Difference] = []
    workshop.monitor.begin("comparing row by row", sum(d.production.rows for d in differences))
    with _letting_go(workshop.snapshot) as let_go:
        for difference in differences:
            narrowed += _rows_that_differ(workshop, difference)
            workshop.monitor.advance(difference.projection.table.name, difference.production.rows)
            workshop.monitor.tick()
            let_go()
    return narrowed


def _rows_that_differ(workshop: Workshop, difference: Difference) -> list[Difference]:
    projection, few = difference.projection, difference.production.rows // _SPARSE
    if not projection.table.key or not few:
        return [difference]
    keys = differing_keys(workshop.snapshot, workshop.schemas, projection, difference.chunk, few + 1)
    if not keys or len(keys) > few:
        return [difference]
    return [Difference(projection, Chunk(key, key, inclusive=True), Digest(1, 0), Digest(1, 0)) for key in keys]


def _repair_to_snapshot(workshop: Workshop, differences: Sequence[Difference]) -> int:
    """Repair inside the snapshot's own transaction, look at every repaired chunk again, and commit."""
    session, schemas = workshop.snapshot, workshop.schemas
    repaired = 0
    for difference in differences:
        routine = workshop.procedures.prepare(difference.projection, difference.chunk)
        repaired += repair_chunk(session, routine, difference.chunk)
        workshop.monitor.check()
    for difference in differences:
        copy = copy_digest(session, schemas.next, difference.projection, difference.chunk)
        if copy != production_digest(session, schemas.production, difference.projection, difference.chunk):
            raise NotConverging(
                f"Table {difference.projection.table.name} of the copy still differed from production after its "
                f"repair. {UNTOUCHED} Where its rows are longer than the server's max_allowed_packet, raise that and "
                "run again; otherwise please report the table's definition."
            )
    session.run("COMMIT")
    return repaired


def _repair_to_newest(workshop: Workshop, differences: Sequence[Difference]) -> int:
    """Repair many chunks side by side outside of any snapshot; what changes meanwhile is left to the next round."""
    counts: list[int] = []
    workshop.monitor.begin("repairing", sum(d.production.rows for d in differences))
    _side_by_side(workshop, [_repair_task(workshop, difference, counts) for difference in differences])
    return sum(counts)


def _repair_task(workshop: Workshop, difference: Difference, counts: list[int]) -> Callable[[Session], None]:
    projection, chunk = difference.projection, difference.chunk
    routine = workshop.procedures.prepare(projection, chunk) if difference.copy.rows else ""

    def run(session: Session) -> None:
        if routine:
            session.run("START TRANSACTION")
            counts.append(repair_chunk(session, routine, chunk))
            session.run("COMMIT")
        else:
            counts.append(copy_chunk(session, workshop.schemas, projection, chunk))
        workshop.monitor.advance(projection.table.name, difference.production.rows)

    return run


def set_counters(session: Session, schemas: Schemas, production: dict[str, Table], copy: dict[str, Table]) -> None:
    """Give the copy's tables production's AUTO_INCREMENT counters."""
    for name, table in production.items():
        if table.counter is not None and table.counter != copy[name].counter:
            session.run(f"ALTER TABLE {sql.table(schemas.next, name)} AUTO_INCREMENT = {table.counter}")
