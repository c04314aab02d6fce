"""Catch-up passes: makes the filled copy equal to one snapshot of production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.bulk_copy import copy_chunk
from cadrart_infra.staging_sync.chunks import Chunk, split_into_chunks
from cadrart_infra.staging_sync.compare import Comparison, Difference, compare
from cadrart_infra.staging_sync.copy_tools import (
    CopyTools,
    Task,
    chunk_rows,
    estimated_rows,
    largest_first,
    side_by_side,
)
from cadrart_infra.staging_sync.digest import copy_digest
from cadrart_infra.staging_sync.errors import UNTOUCHED, NotConverging, SyncError, UnsupportedObjects
from cadrart_infra.staging_sync.lock_aware_pauses import LockAwarePauses
from cadrart_infra.staging_sync.masking.refused_masks import explaining_refused_masks
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.repair import differing_columns, emptying_statements, repair_chunk

_ROUNDS = 4
_SNAPSHOT_REPAIR_WEIGHT = 100_000  # a few seconds at most, for which production's tables are held against ALTER


@dataclass(frozen=True)
class Converged:
    """The instant the copy now shows, how many rows it has, and how many were written to get there."""

    snapshot_time: str
    rows: int
    repaired: int


def converge(tools: CopyTools, projections: Sequence[Projection]) -> Converged:
    """Make the copy equal to one snapshot of production, verified; raises NotConverging.

    Where much differs, the copy is first brought near to production outside of any snapshot, which holds nothing up.
    """
    repaired = 0
    for attempt in range(1, _ROUNDS + 1):
        snapshot_time = tools.snapshot.open_snapshot()
        found = compare(tools, projections, _SNAPSHOT_REPAIR_WEIGHT if attempt < _ROUNDS else float("inf"))
        if found.complete:
            repaired += _repair_to_snapshot(tools, found.differences)
            return Converged(snapshot_time, found.rows, repaired)
        tools.snapshot.run("ROLLBACK")
        tools.monitor.say("bringing the copy near to production before it is verified")
        repaired += _repair_to_newest(tools, _suspects(projections, found))
    raise AssertionError("the last round returns")


def _repair_to_snapshot(tools: CopyTools, differences: Sequence[Difference]) -> int:
    """Repair inside the snapshot's own transaction, look at every chunk again in which something differed, commit."""
    session = tools.snapshot
    repaired = 0
    parts = [(each.projection, part) for each in differences for part in each.parts]
    routines = [tools.procedures.prepare(projection, part) for projection, part in parts]  # while no table is held
    with LockAwarePauses(tools.copiers[0], tools.schemas.production, wanted=tools.throttle.is_on) as rests:
        for (projection, part), routine in zip(parts, routines, strict=True):
            with explaining_refused_masks("repairing", projection):
                repaired += repair_chunk(session, routine, part)
                rests.rest(projection.table.name)
                tools.monitor.check()
        for difference in differences:
            copy = copy_digest(session, tools.schemas.next, difference.projection, difference.chunk)
            rests.rest(difference.projection.table.name)
            if copy != difference.production:
                raise _still_different(tools, difference)
        session.run("COMMIT")
    return repaired


def _still_different(tools: CopyTools, difference: Difference) -> SyncError:
    """The error for a chunk that its repair did not make equal, with the columns that differ."""
    projection = difference.projection
    columns = differing_columns(tools.snapshot, tools.schemas, projection, difference.chunk)
    names = ", ".join(f"{projection.table.name}.{column.name}" for column in columns)
    if columns and all(column.kept for column in columns):
        return UnsupportedObjects(
            f"Production's stored generated columns {names} hold what another time zone, sql_mode or "
            "div_precision_increment computed than the sync's (UTC, and the server's own increment), and no copy can "
            f"be given such values. {UNTOUCHED} Make the columns VIRTUAL, compute them from a DATETIME, or give a "
            "quotient its own precision (CAST … AS DECIMAL), and run again."
        )
    masked = projection.masked_columns
    return NotConverging(
        f"Table {projection.table.name} of the copy still differed from production after its repair"
        + (f", in {names}" if names else "")
        + f". {UNTOUCHED} "
        + (
            f"Where a unique key is over what is computed from {masked}, the masks of two rows came to the same: give "
            "these columns another rule, or list them under sync.masking.keep where they are no personal data. "
            if masked
            else ""
        )
        + "Where its rows are longer than the server's max_allowed_packet, raise that and run again; "
        "otherwise please report the table's definition."
    )


def _suspects(projections: Sequence[Projection], found: Comparison) -> list[Projection]:
    """Tables that differ, and those that were not looked at; of tables without a key only those that differ."""
    differing = {difference.projection.table.name for difference in found.differences}
    return [
        projection
        for projection in projections
        if projection.table.name in differing
        or (projection.table.key and projection.table.name not in found.equal_tables)
    ]


def _repair_to_newest(tools: CopyTools, projections: Sequence[Projection]) -> int:
    """Bring whole tables near to production, a table a worker; what changes meanwhile is left to the next round."""
    counts: list[int] = []
    tools.monitor.begin("repairing", estimated_rows(projections))
    side_by_side(tools, [_repair_task(tools, projection, counts) for projection in largest_first(projections)])
    return sum(counts)


def _repair_task(tools: CopyTools, projection: Projection, counts: list[int]) -> Task:
    table = projection.table
    if not table.key:
        return lambda session: counts.append(_copy_in_full(tools, session, projection))
    reader, pace = tools.copiers[0], tools.pace
    most = chunk_rows(table, pace.compare_rows, pace.compare_bytes)
    rows = tools.throttle.rows(most)
    chunks = list(split_into_chunks(reader, tools.schemas.production, table, lambda: rows))
    routines = [tools.procedures.prepare(projection, chunk) for chunk in chunks]

    def run(session: Session) -> None:
        for chunk, routine in zip(chunks, routines, strict=True):
            with explaining_refused_masks("repairing", projection):
                session.run("START TRANSACTION")
                counts.append(repair_chunk(session, routine, chunk))
                session.run("COMMIT")
            tools.monitor.advance(table.name, min(rows, table.estimated_rows))

    return run


def _copy_in_full(tools: CopyTools, session: Session, projection: Projection) -> int:
    """A table whose rows have no identity is emptied and filled again."""
    for statement in emptying_statements(tools.schemas.next, projection.table):
        session.run(statement)
    return copy_chunk(session, tools.schemas, projection, Chunk())
