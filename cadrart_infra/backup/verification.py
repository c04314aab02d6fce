"""Verifies that a loaded backup is what was backed up: every row, every definition, every stored object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cadrart_infra.backup.contents import Contents, read_contents
from cadrart_infra.backup.dump_statements import rows_digest, rows_read, sequence_values
from cadrart_infra.backup.notes import Notes
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import ObjectsRefused
from cadrart_infra.mysql.json_documents import with_shapes
from cadrart_infra.mysql.object_definitions import StoredObject
from cadrart_infra.mysql.schema import file_per_table_remedy, folds_case
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import create_objects, made_otherwise
from cadrart_infra.mysql.table_definitions import shape_of


def differences(session: Session, schema: str, notes: Notes) -> list[str]:
    """The loaded tables and sequences that differ from the notes, by name; empty if none does."""
    if not notes.is_whole:
        return ["the end of the backup is missing"]
    loaded = read_contents(session, schema)
    found = [*_missing(notes, loaded)]
    noted = {name: shape_of(definition) for name, definition in notes.tables.items()}
    changed = [*_changed("table", noted, {table.name: table.shape for table in loaded.tables})]
    found += changed
    if changed and (remedy := file_per_table_remedy(session)):
        found.append(remedy)
    found += _changed("sequence", notes.sequences, loaded.sequences)
    for table in loaded.tables:
        digest = rows_digest(with_shapes(session, schema, table))
        rows = session.value(f"SELECT {digest} FROM {rows_read(table, schema)}")
        if table.name in notes.rows and str(rows) != notes.rows[table.name]:
            found.append(f"table {table.name}: {_rows_differ(notes.rows[table.name], str(rows))}")
    for name in loaded.sequences:
        values = session.value(f"SELECT {sequence_values()} FROM {sql.table(schema, name)}")
        if str(values) != notes.values.get(name):
            found.append(f"sequence {name}: its next value is another one")
    return found


def _missing(notes: Notes, loaded: Contents) -> Iterator[str]:
    yield from (f"table {name} is missing" for name in notes.tables if name not in {t.name for t in loaded.tables})
    yield from (f"table {name}: its rows were not noted" for name in notes.tables if name not in notes.rows)
    yield from (f"sequence {name} is missing" for name in notes.sequences if name not in loaded.sequences)


def _changed(kind: str, noted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for name, definition in noted.items():
        if name in found and found[name] != definition:
            lost = [line for line in definition.splitlines() if line not in found[name].splitlines()]
            first = lost[0].strip().rstrip(",") if lost else "the order of its parts"
            yield f"{kind} {name}: the server does not make it again as it was: {first}"


def _rows_differ(noted: str, found: str) -> str:
    before, now = (text.partition(" ")[0] for text in (noted, found))
    if before != now:
        return f"it has {now} rows instead of {before}"
    return (
        f"of its {now} rows some are not as they were (where one is longer than half of the server's "
        "max_allowed_packet, that has to be more)"
    )


def objects_for(session: Session, notes: Notes, schema: str) -> tuple[StoredObject, ...]:
    """The noted views, triggers, routines and events for a database, with the owners and states that they had."""
    fold_case, source = folds_case(session), notes.source["schema"]
    return tuple(
        replace(item, statement=item.text.moved(source, schema, fold_case=fold_case)) for item in notes.objects
    )


def objects_not_made_again(session: Session, schema: str, notes: Notes) -> list[str]:
    """The noted objects that the server does not create as they were, by name.

    They are made for the account of the session and stay; events disabled.
    """
    source, fold_case = notes.source["schema"], folds_case(session)
    wanted = [item.moved(source, schema, fold_case=fold_case) for item in notes.objects]
    try:
        create_objects(session, session, schema, wanted)
    except ObjectsRefused as error:
        return [line.strip() for line in error.said.splitlines() if line.strip()]
    return made_otherwise(session, schema, wanted)
