"""Digests of chunks, computed in the server, to compare production with the copy."""

from __future__ import annotations

from dataclasses import dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.row_text import row_hash
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.chunks import Chunk
from cadrart_infra.staging_sync.projection import Projection


@dataclass(frozen=True)
class Digest:
    """Equal for equal sets of rows; for different ones only by an accident of 1 in 2^60."""

    rows: int
    value: int


def production_digest(session: Session, schema: str, projection: Projection, chunk: Chunk) -> Digest:
    """Of production's rows as they are to be in the copy; like the others, raises TextCutShort."""
    return _digest(session, schema, projection, chunk, projection.production_text("t"))


def copy_digest(session: Session, schema: str, projection: Projection, chunk: Chunk) -> Digest:
    """Of the rows in the copy."""
    return _digest(session, schema, projection, chunk, projection.copy_text("t"))


def rows_digest(session: Session, schema: str, projection: Projection) -> Digest:
    """Of all rows in the copy, as a sum: what `counting_condition` comes to."""
    return _answered(
        session,
        f"SELECT COUNT(*), SUM({row_hash(projection.copy_text('t'))}) FROM {projection.table.rows_in(schema)} t",
    )


def _digest(session: Session, schema: str, projection: Projection, chunk: Chunk, text: str) -> Digest:
    table = projection.table
    index = f" FORCE INDEX ({sql.name(table.key_index)})" if table.key else ""
    # XOR is the quicker one; without a key the same row may come twice, and two equal ones would cancel out.
    total = "BIT_XOR" if table.key else "SUM"
    return _answered(
        session,
        f"SELECT COUNT(*), {total}({row_hash(text)}) FROM {table.rows_in(schema)} t{index} "
        f"WHERE {chunk.condition(table, 't')}",
    )


def _answered(session: Session, query: str) -> Digest:
    row = session.row(query) or (0, 0)
    session.require_whole_texts()
    return Digest(int(row[0]), int(row[1] or 0))
