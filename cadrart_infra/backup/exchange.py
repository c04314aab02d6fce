"""Putting a restored database's tables in production's place, whole.

All tables change places in one RENAME, which the server does entirely or not at all; production's go to a database of
their own, and nothing is dropped. Triggers, views and routines cannot be renamed across databases: production's are
written down there first, then made anew from the restored database's.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.job_runner import Say
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError, LockWait
from cadrart_infra.mysql.schema import StoredObject, folds_case, read_objects, table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import create_objects, drop_objects

_ONE_TRY_SECONDS = 2  # new statements of production wait behind the exchange for this long at most
_PATIENCE_SECONDS = 60
NOTES = "cadrart_stored_objects"


@dataclass(frozen=True)
class Places:
    """`restored` takes the place of `production`, whose tables go to `replaced`."""

    production: str
    restored: str
    replaced: str


def require_exchangeable(session: Session, places: Places) -> None:
    """Raises BackupError where an exchange would not be whole; reads only."""
    across = session.column(
        "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.key_column_usage "
        f"WHERE referenced_table_schema = {sql.text(places.production)} AND table_schema <> referenced_table_schema"
    )
    if across:
        raise BackupError(
            f"Foreign keys of other databases lead to {places.production}'s tables and would follow them away: "
            f"{', '.join(sorted(set(across)))}. Production was not touched. Drop these foreign keys and run again."
        )


def exchange(session: Session, places: Places, say: Say) -> None:
    """Does it; raises BackupError with production as it was, or says exactly what is left to do."""
    leaving, arriving = read_objects(session, places.production), read_objects(session, places.restored)
    session.run(f"CREATE DATABASE {sql.name(places.replaced)} {database_options(session, places.production)}")
    _write_down(session, places.replaced, leaving)
    drop_objects(session, places.restored, _triggers(arriving))
    _rename_patiently(session, places, _triggers(leaving), say)
    try:
        drop_objects(session, places.production, read_objects(session, places.production))
        fold_case = folds_case(session)
        moved = [_moved(item, places, fold_case=fold_case) for item in arriving if item.kind != "EVENT"]
        create_objects(session, places.production, moved)
    except Exception as error:
        raise BackupError(
            f"{places.production} has the backup's tables, but not all of its views, triggers and routines: {error}\n"
            f"  Run the same command again: it does everything anew. What was replaced is in {places.replaced}."
        ) from None


def database_options(session: Session, schema: str) -> str:
    """Character set and collation of a database, for another one like it."""
    row = session.row(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        f"WHERE schema_name = {sql.text(schema)}"
    )
    charset, collation = row or ("utf8mb4", "utf8mb4_unicode_ci")
    return f"CHARACTER SET {charset} COLLATE {collation}"


def _triggers(items: tuple[StoredObject, ...]) -> list[StoredObject]:
    return [item for item in items if item.kind == "TRIGGER"]


def _moved(item: StoredObject, places: Places, *, fold_case: bool) -> StoredObject:
    """The object as it was made in the restored database, for production; it keeps its owner."""
    return replace(item, statement=item.text.moved(places.restored, places.production, fold_case=fold_case))


def _write_down(session: Session, schema: str, items: tuple[StoredObject, ...]) -> None:
    """Their definitions, in a table beside the replaced tables: what is dropped can be made again by hand."""
    if not items:
        return
    table = sql.table(schema, NOTES)
    session.run(f"CREATE TABLE {table} (kind varchar(20), name varchar(64), definition longtext) CHARSET utf8mb4")
    for item in items:
        texts = (item.kind, item.name, json.dumps(asdict(item), ensure_ascii=False))
        session.run(f"INSERT INTO {table} VALUES ({', '.join(map(sql.text, texts))})")


def _rename_patiently(session: Session, places: Places, triggers: list[StoredObject], say: Say) -> None:
    session.run(f"SET SESSION lock_wait_timeout = {_ONE_TRY_SECONDS}")
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            drop_objects(session, places.production, triggers)
            _rename(session, places)
            return
        except DatabaseError as error:
            create_objects(session, places.production, _missing(session, places, triggers))
            if not isinstance(error, LockWait) or time.monotonic() > give_up:
                _drop_unless_it_holds_tables(session, places.replaced)
                raise _not_exchanged(places, error) from None
        say("production's tables are in use by a long transaction; trying again")


def _missing(session: Session, places: Places, triggers: list[StoredObject]) -> list[StoredObject]:
    present = {item.name for item in _triggers(read_objects(session, places.production))}
    return [item for item in triggers if item.name not in present]


def _drop_unless_it_holds_tables(session: Session, schema: str) -> None:
    if set(table_names(session, schema)) <= {NOTES}:
        session.run(f"DROP DATABASE {sql.name(schema)}")


def _rename(session: Session, places: Places) -> None:
    moves = [(places.production, places.replaced, table) for table in table_names(session, places.production)]
    moves += [(places.restored, places.production, table) for table in table_names(session, places.restored)]
    pairs = (f"{sql.table(old, table)} TO {sql.table(new, table)}" for old, new, table in moves)
    session.run("RENAME TABLE " + ", ".join(pairs))


def _not_exchanged(places: Places, error: DatabaseError) -> BackupError:
    return BackupError(
        f"The tables of {places.production} could not be exchanged: {error.said}. Production is as it was. "
        "A long transaction on production's tables is the usual reason: end it and run again."
    )
