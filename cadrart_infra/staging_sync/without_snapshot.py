"""Copies tables of engines without snapshots (MyISAM and others), each by one statement.

Nothing of an older copy is used. What the statement read is counted while it reads, so that a table that is written
all the time is verified like every other one.
"""

from __future__ import annotations

from collections.abc import Sequence

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.row_text import COUNT_ROWS, COUNTED, counting_condition
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.copy_tools import CopyTools, Task, estimated_rows, largest_first, side_by_side
from cadrart_infra.staging_sync.digest import Digest, rows_digest
from cadrart_infra.staging_sync.errors import UNTOUCHED, NotConverging
from cadrart_infra.staging_sync.masking.refused_masks import explaining_refused_masks
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.schemas import Schemas


def copy_whole(tools: CopyTools, projections: Sequence[Projection]) -> int:
    """Fill these empty tables, a table a worker; returns how many rows they have.

    Raises NotConverging where a copy is not what was read.
    """
    counts: list[int] = []
    tools.monitor.begin("copying", estimated_rows(projections))
    side_by_side(tools, [_task(tools, projection, counts) for projection in largest_first(projections)])
    return sum(counts)


def _task(tools: CopyTools, projection: Projection, counts: list[int]) -> Task:
    name = projection.table.name

    def run(session: Session) -> None:
        with explaining_refused_masks("copying", projection):
            read = _copy(session, tools.schemas, projection)
        if rows_digest(session, tools.schemas.next, projection) != read:
            raise NotConverging(
                f"Table {name} of the copy is not what was read from production. {UNTOUCHED} Run it again; where that "
                "does not help, please report the table's definition."
            )
        counts.append(read.rows)
        tools.monitor.advance(name, read.rows)

    return run


def _copy(session: Session, schemas: Schemas, projection: Projection) -> Digest:
    """Copies a table in one statement; the digest is of the rows that the statement read."""
    name = projection.table.name
    session.run(COUNT_ROWS)
    session.run(
        f"INSERT INTO {sql.table(schemas.next, name)} ({projection.columns}) "
        f"SELECT {projection.production_values('t')} FROM {projection.table.rows_in(schemas.production)} t "
        f"WHERE {counting_condition(projection.production_text('t'))}"
    )
    rows, value = session.row(f"SELECT {', '.join(COUNTED)}") or (0, 0)
    return Digest(int(rows), int(value))
