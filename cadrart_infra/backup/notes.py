"""The notes in a backup: a table that says what the loaded database has to be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.object_definitions import KINDS, StoredObject
from cadrart_infra.mysql.schema import table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.naming import COMPARISON_PLAN, EXCHANGE_JOURNAL

NOTES = "cadrart_backup_notes"
EXCHANGED_OBJECTS = "cadrart_stored_objects"
"""Beside production's former tables, once a backup is in their place."""
OWN_TABLES = frozenset({NOTES, COMPARISON_PLAN, EXCHANGED_OBJECTS, EXCHANGE_JOURNAL})
CREATION = (
    f"CREATE TABLE {sql.name(NOTES)} (n int NOT NULL AUTO_INCREMENT PRIMARY KEY, kind varchar(20) NOT NULL, "
    "name varchar(64) NOT NULL, content longtext NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
)
TABLE, ROWS, SEQUENCE, VALUES, SOURCE, END = "TABLE", "ROWS", "SEQUENCE", "VALUES", "SOURCE", "END"


@dataclass(frozen=True)
class Notes:
    """What a loaded backup says of itself."""

    source: Mapping[str, str]
    """The database that it was made of."""
    tables: Mapping[str, str]
    """Definitions by name, without what counts."""
    rows: Mapping[str, str]
    """What each table held, as one short text."""
    sequences: Mapping[str, str]
    """Definitions by name, without what counts."""
    values: Mapping[str, str]
    """What each sequence held, as one short text."""
    objects: tuple[StoredObject, ...]
    """In an order in which they can be created."""
    is_whole: bool


def note(kind: str, name: str, content: str) -> str:
    """The statement that notes it, within the backup's own database."""
    values = sql.texts((kind, name, content))
    return f"INSERT INTO {sql.name(NOTES)} (kind, name, content) VALUES ({values});"


def definition_note(kind: str, name: str, statement: str) -> str:
    """The note of a table's or sequence's definition; bytes that are no text are written as escapes."""
    return note(kind, name, json.dumps(statement))


def object_note(item: StoredObject) -> str:
    """The note of a view, trigger, routine or event; bytes that are no text are written as escapes."""
    return note(item.kind, item.name, json.dumps(asdict(item)))


def read_notes(session: Session, schema: str) -> Notes | None:
    """What the backup that was loaded into the database says of itself; None of one by an older release."""
    if NOTES not in table_names(session, schema):
        return None
    found = session.rows(f"SELECT kind, name, content FROM {sql.table(schema, NOTES)} ORDER BY n")
    by_kind: dict[str, dict[str, str]] = {}
    for kind, name, content in found:
        by_kind.setdefault(kind, {})[name] = content
    return Notes(
        json.loads(by_kind.get(SOURCE, {}).get("", "{}")),
        _definitions(by_kind.get(TABLE, {})),
        by_kind.get(ROWS, {}),
        _definitions(by_kind.get(SEQUENCE, {})),
        by_kind.get(VALUES, {}),
        tuple(_objects(found)),
        END in by_kind,
    )


def _definitions(found: Mapping[str, str]) -> dict[str, str]:
    return {name: json.loads(content) for name, content in found.items()}


def _objects(found: Sequence[tuple[str, ...]]) -> list[StoredObject]:
    return [StoredObject(**json.loads(content)) for kind, _, content in found if kind in KINDS]
