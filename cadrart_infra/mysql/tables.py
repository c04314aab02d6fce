"""Whole tables: dropped, or renamed from one schema to another."""

from __future__ import annotations

from collections.abc import Sequence

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session

Move = tuple[str, str, str]
"""From which schema, to which schema, and the table's name, which stays."""


def table_moves(old: str, new: str, tables: Sequence[str]) -> list[Move]:
    """The moves of these tables from one schema to another."""
    return [(old, new, table) for table in tables]


def rename_tables(session: Session, wanted: Sequence[Move]) -> None:
    """All of them in one statement, which the server does entirely or not at all; nothing is sent for none."""
    if wanted:
        pairs = (f"{sql.table(old, table)} TO {sql.table(new, table)}" for old, new, table in wanted)
        session.run("RENAME TABLE " + ", ".join(pairs))


def drop_tables(session: Session, schema: str, tables: Sequence[str]) -> None:
    """Drop them whatever refers to them within the schema."""
    if not tables:
        return
    session.run("SET SESSION foreign_key_checks = 0")
    try:
        session.run("DROP TABLE IF EXISTS " + ", ".join(sql.table(schema, table) for table in tables))
    finally:
        session.run("SET SESSION foreign_key_checks = 1")
