"""Fills empty tables of the copy from production, inside the server and without locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import Refused
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Table
from cadrart_infra.staging_sync.chunks import Chunk, split_into_chunks
from cadrart_infra.staging_sync.copy_tools import (
    CopyTools,
    Task,
    chunk_rows,
    estimated_rows,
    largest_first,
    side_by_side,
)
from cadrart_infra.staging_sync.masking.refused_masks import explaining_refused_masks
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.schemas import Schemas

_DUPLICATE = 1062


def fill_tables(tools: CopyTools, projections: Sequence[Projection]) -> None:
    """Copy the given empty tables, the largest first, a table a worker."""
    tools.monitor.begin("copying", estimated_rows(projections))
    side_by_side(tools, [_fill_task(tools, projection) for projection in largest_first(projections)])


def _fill_task(tools: CopyTools, projection: Projection) -> Task:
    def run(session: Session) -> None:
        table, pace = projection.table, tools.pace
        most = chunk_rows(table, pace.copy_rows, pace.copy_bytes)
        with explaining_refused_masks("copying", projection):
            for chunk in split_into_chunks(
                session, tools.schemas.production, table, partial(tools.throttle.rows, most)
            ):
                rows = copy_chunk(session, tools.schemas, projection, chunk)
                tools.monitor.advance(table.name, rows)

    return run


def copy_chunk(session: Session, schemas: Schemas, projection: Projection, chunk: Chunk) -> int:
    """Copy the chunk's rows as they are now; returns their number.

    The session must be at READ COMMITTED with autocommit: production's rows are then read without locks, and its
    table is held against ALTER for this one statement only. A unique value that went from one row to another since
    the chunk before was copied takes its older row's place; that one is repaired later. In a table with history,
    which is one chunk, it would become a former row.
    """
    with row_by_row(session, projection.table):
        try:
            return session.run(_copying("INSERT", schemas, projection, chunk))
        except Refused as error:
            if error.number != _DUPLICATE or projection.table.versioned:
                raise
            return session.run(_copying("REPLACE", schemas, projection, chunk))


@contextmanager
def row_by_row(session: Session, table: Table) -> Iterator[None]:
    """MariaDB fills an empty table in bulk where the session checks nothing, which a VECTOR index does not survive."""
    if not table.indexes_vectors:
        yield
        return
    before = session.value("SELECT @@SESSION.unique_checks")
    session.run("SET SESSION unique_checks = 1")
    yield
    session.run(f"SET SESSION unique_checks = {before}")


def _copying(verb: str, schemas: Schemas, projection: Projection, chunk: Chunk) -> str:
    table = projection.table
    return (
        f"{verb} INTO {sql.table(schemas.next, table.name)} ({projection.columns}) "
        f"SELECT {projection.production_values('t')} FROM {table.rows_in(schemas.production)} t "
        f"WHERE {chunk.condition(table, 't')}"
    )
