"""The database beside production that a backup is restored into: loads and verifies it."""

from __future__ import annotations

from cadrart_infra import naming
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.errors import UNTOUCHED, BackupError
from cadrart_infra.backup.exchange import database_options
from cadrart_infra.backup.notes import NOTES, read_notes
from cadrart_infra.backup.operations import load
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.backup.verification import differences, objects_for
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.disk_space import require_room
from cadrart_infra.mysql.schema import schema_bytes, table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import create_objects
from cadrart_infra.terminal import Say
from cadrart_infra.text_table import aligned


def require_room_for(session: Session, endpoint: Endpoint, backup: Backup, places: RestoreNames) -> None:
    """Raises TooLittleRoom, by the tables' size when they were backed up, or their size now if that is unknown.

    The copy of an earlier look makes room for the new one.
    """
    free = endpoint.free_bytes()
    if free is not None:
        needed = backup.data or schema_bytes(session, places.production)
        room = free + schema_bytes(session, places.restored)
        require_room(session, room, f"restoring {backup.tables} tables", needed)


def load_beside(kubectl: Kubectl, session: Session, backup: Backup, places: RestoreNames, say: Say) -> None:
    """Loads the backup into the database, without its events, which would run there."""
    options = database_options(session, places.production)
    session.run(f"DROP DATABASE IF EXISTS {sql.name(places.restored)}")
    session.run(f"CREATE DATABASE {sql.name(places.restored)} {options}")
    say(f"restoring {backup.name} into {places.restored}; production goes on")
    load(kubectl, backup, "tables", places.restored, naming.RESTORE_ACCOUNT_SECRET, say)
    found = len(_base_tables(session, places.restored))
    if found != backup.tables:
        raise BackupError(
            f"{places.restored} has {found} tables, and the backup was made of {backup.tables}. "
            f"{UNTOUCHED} Restore another backup."
        )
    require_as_noted(session, backup, places, say)


def require_as_noted(session: Session, backup: Backup, places: RestoreNames, say: Say) -> None:
    """Compares it with the backup's notes and creates its views, triggers and routines. Raises BackupError."""
    notes = read_notes(session, places.restored)
    if notes is None:
        if backup.format > 1:
            raise BackupError(f"The end of {backup.name} is missing. {UNTOUCHED} Restore another backup.")
        return
    reasons = differences(session, places.restored, notes)
    if reasons:
        raise BackupError(
            f"{backup.name} did not come back as it was made:\n  " + "\n  ".join(reasons) + f"\n{UNTOUCHED} "
            "Restore another backup, or look at what is there in " + places.restored
        )
    made = [item for item in objects_for(session, notes, places.restored) if item.kind != "EVENT"]
    create_objects(session, session, places.restored, made)
    say(f"compared with what was noted when it was made: {len(notes.tables)} tables are the same")


def _base_tables(session: Session, schema: str) -> list[str]:
    return session.column(
        "SELECT table_name FROM information_schema.tables WHERE table_type NOT IN ('VIEW', 'SEQUENCE') "
        f"AND table_schema = {sql.text(schema)} AND table_name <> {sql.text(NOTES)} ORDER BY table_name"
    )


def rows_beside(session: Session, places: RestoreNames) -> str:
    """Rows of every table, in the backup and in production now."""
    now, then = set(table_names(session, places.production)), set(_base_tables(session, places.restored))
    rows: list[tuple[str, ...]] = [("TABLE", "IN THE BACKUP", "IN PRODUCTION NOW")]
    for table in sorted(now | then):
        counts = (
            str(session.value(f"SELECT COUNT(*) FROM {sql.table(schema, table)}")) if table in tables else "-"
            for schema, tables in ((places.restored, then), (places.production, now))
        )
        rows.append((table, *counts))
    return "\n".join(aligned(rows))
