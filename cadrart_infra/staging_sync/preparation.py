"""Prepares the tables of the schema `next`: reuses those of an older copy that fit, makes the others empty."""

from __future__ import annotations

from contextlib import suppress

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import FileMissing, TableCrashed, while_doing
from cadrart_infra.mysql.schema import (
    Inventory,
    encryption_clause,
    reusable_tables,
    schema_comment,
    schema_defaults,
    table_names,
)
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import drop_all_objects, try_objects
from cadrart_infra.mysql.table_definitions import Table
from cadrart_infra.mysql.table_reading import read_tables
from cadrart_infra.mysql.tables import drop_tables, rename_tables, table_moves
from cadrart_infra.staging_sync.journal import Generation, Journal
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.sequences import make_sequences, set_sequences
from cadrart_infra.staging_sync.table_making import as_copied, make_tables, require_same


def prepare(session: Session, owner: Session, journal: Journal, inventory: Inventory, masking: str) -> list[str]:
    """Let `next` have exactly production's tables; returns the names of those that are empty and to be filled.

    `owner` is who will own staging's objects.
    `masking` is the fingerprint of the rules; an older copy that was masked otherwise is not built upon.
    """
    schemas = journal.schemas
    ensure_schema(session, schemas.next, schemas.production, inventory)
    ensure_schema(session, schemas.previous, schemas.production)
    for schema in (schemas.next, schemas.previous):  # a view there may have the name of a table that moves
        drop_all_objects(session, schema)
    journal.create()
    readable = _choose_base(session, journal, masking)
    journal.set_generation(schemas.next, Generation(masking))
    wanted = as_copied(inventory, schemas)
    usable = _drop_what_does_not_fit(session, schemas.next, wanted, readable)
    make_tables(session, schemas, [table for name, table in wanted.items() if name not in usable])
    require_same(session, schemas.next, wanted)
    make_sequences(session, schemas.next, inventory)
    try_objects(session, owner, schemas.next, inventory.objects_for(schemas.next))
    return [name for name in inventory.tables if not usable.get(name)]


def ensure_schema(session: Session, schema: str, production: str, like: Inventory | None = None) -> None:
    """Creates it, or gives it production's defaults (`like`); sends nothing where it has them: a write may wait."""
    found = schema_defaults(session, schema)
    shape = f" CHARACTER SET {like.charset} COLLATE {like.collation}" if like else ""
    if like and session.server.is_mariadb:
        shape += f" COMMENT {sql.string(like.comment)}"
    if found is None:
        session.run(f"CREATE DATABASE IF NOT EXISTS {sql.name(schema)}{shape}{encryption_clause(session, production)}")
    elif like and (*found, schema_comment(session, schema)) != (like.charset, like.collation, like.comment):
        session.run(f"ALTER DATABASE {sql.name(schema)}{shape}")


def _choose_base(session: Session, journal: Journal, masking: str) -> dict[str, bool]:
    """Keep in `next` what an interrupted run left there, or else take the previous copy, if masked alike.

    Returns the tables of `next` that can be built upon, as `_readable` does.
    """
    schemas = journal.schemas
    left = table_names(session, schemas.next)
    generation = journal.generation(schemas.next)
    if left and (generation is None or generation.masking != masking):
        drop_tables(session, schemas.next, left)
        left = []
    previous = journal.generation(schemas.previous)
    candidates = table_names(session, schemas.previous)
    if not left and candidates and previous is not None and previous.masking == masking:
        journal.set_generation(schemas.next, Generation(masking))
        base = _readable(session, schemas.previous)
        drop_tables(session, schemas.previous, [name for name in candidates if name not in base])
        rename_tables(session, table_moves(schemas.previous, schemas.next, list(base)))
        return base
    return _readable(session, schemas.next)


def _drop_what_does_not_fit(
    session: Session, schema: str, wanted: dict[str, Table], readable: dict[str, bool]
) -> dict[str, bool]:
    """Drop tables that production lacks or has in another shape; returns the `readable` others, and whether each has
    rows.

    One of an engine without snapshots is always filled again (see `without_snapshot`), and not looked at: a crash may
    have left it unreadable. So is one with history, in which no row can be written again. Where a definition hides
    members of an ENUM or SET, two that look the same may not be.
    """
    present = read_tables(session, schema, list(readable))
    usable = {
        name: readable[name] for name, table in present.items()
        if name in wanted and wanted[name].shape == table.shape and not table.may_hide_members
    }  # fmt: skip
    drop_tables(session, schema, [name for name in table_names(session, schema) if name not in usable])
    return usable


def _readable(session: Session, schema: str) -> dict[str, bool]:
    """The tables that can be built upon, and whether each has rows; one whose file is missing or broken is not one."""
    found = {}
    for name in reusable_tables(session, schema):
        with suppress(FileMissing, TableCrashed), while_doing(f"reading table {schema}.{name}"):
            found[name] = session.row(f"SELECT 1 FROM {sql.table(schema, name)} LIMIT 1") is not None
    return found


def finish_tables(session: Session, schemas: Schemas, inventory: Inventory) -> None:
    """Read the filled tables back, which have to be production's, and give them its AUTO_INCREMENT counters
    and numbers."""
    production, copy = inventory.tables, require_same(session, schemas.next, as_copied(inventory, schemas))
    session.run(f"SET SESSION sql_mode = '{session.lax_sql_mode}'")  # as the tables were made
    for name, table in production.items():
        if table.counter is not None and table.counter != copy[name].counter:
            session.run(f"ALTER TABLE {sql.table(schemas.next, name)} AUTO_INCREMENT = {table.counter}")
    session.run(f"SET SESSION sql_mode = '{session.sql_mode}'")
    set_sequences(session, schemas.next, inventory)
