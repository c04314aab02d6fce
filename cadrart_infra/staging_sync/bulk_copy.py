"""Filling an empty table of the copy from production, inside the server and without locks."""

from __future__ import annotations

from cadrart_infra.staging_sync import sql
from cadrart_infra.staging_sync.chunks import Chunk
from cadrart_infra.staging_sync.plan import Schemas
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.session import Session


def copy_chunk(session: Session, schemas: Schemas, projection: Projection, chunk: Chunk) -> int:
    """Copy the chunk's rows as they are now; returns their number.

    The session must be at READ COMMITTED with autocommit: production's rows are then read without locks, and its
    table is held against ALTER for this one statement only.
    """
    table = projection.table
    return session.run(
        f"INSERT INTO {sql.table(schemas.next, table.name)} ({projection.columns}) "
        f"SELECT {projection.production_values('t')} FROM {sql.table(schemas.production, table.name)} t "
        f"WHERE {chunk.condition(table, 't')}"
    )
