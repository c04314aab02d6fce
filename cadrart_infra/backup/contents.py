"""The contents of a backup: tables with their history, sequences, views, triggers, routines and events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.notes import NOTES, OWN_TABLES
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.foreign_keys import keys_out_of
from cadrart_infra.mysql.object_definitions import KINDS, StoredObject, read_objects
from cadrart_infra.mysql.rights import SERVER_S_OWN
from cadrart_infra.mysql.schema import folds_case, schema_defaults
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import TABLE_TYPES, Table, not_carried, rows_of_others
from cadrart_infra.mysql.table_reading import read_sequences, read_tables
from cadrart_infra.naming import COMPARISON_PLAN

_TABLE_KINDS = {*TABLE_TYPES, "SEQUENCE", "VIEW", "SYSTEM VIEW"}


@dataclass(frozen=True)
class Contents:
    """All that is in one database.

    `sequences`: the CREATE statement by name. `creations`: by name, what makes a table again of which the server's own
    statement does not show all.
    """

    schema: str
    charset: str
    collation: str
    tables: tuple[Table, ...]
    sequences: dict[str, str]
    objects: tuple[StoredObject, ...]
    bytes: int = field(compare=False, default=0)
    creations: Mapping[str, str] = field(default_factory=dict)

    @property
    def definitions(self) -> tuple[object, ...]:
        """Equal for two databases of the same shape, whatever their rows."""
        tables = tuple((table.name, table.shape) for table in self.tables)
        return self.charset, self.collation, tables, self.sequences, self.objects

    def creation_of(self, table: Table) -> str:
        """The statements that make it again, as one text."""
        return self.creations.get(table.name) or ";\n".join(table.creations)


def read_contents(session: Session, schema: str) -> Contents:
    """Read the whole database's definitions."""
    charset, collation = schema_defaults(session, schema) or (sql.CHARACTER_SET, sql.COLLATION)
    kinds = {
        row[0]: str(row[1])
        for row in session.rows(
            "SELECT table_name, table_type FROM information_schema.tables "
            f"WHERE table_schema = {sql.text(schema)} ORDER BY table_name"
        )
    }
    names = [name for name, kind in kinds.items() if kind in TABLE_TYPES]
    tables = read_tables(session, schema, [name for name in names if name not in (NOTES, COMPARISON_PLAN)])
    sequences = read_sequences(session, schema, [name for name, kind in kinds.items() if kind == "SEQUENCE"])
    objects = read_objects(session, schema)
    return Contents(
        schema,
        charset,
        collation,
        tuple(tables.values()),
        {name: sequence.statement for name, sequence in sequences.items()},
        objects,
        sum(table.file_bytes for table in tables.values()),
    )


def require_dumpable(session: Session, contents: Contents) -> None:
    """Raises BackupError with the name of everything that a backup would not bring back as it is."""
    fold_case = folds_case(session)
    reasons = [*_tables_not_held(session, contents, fold_case), *_objects_not_held(contents, fold_case)]
    if reasons:
        raise BackupError(
            f"A backup of {contents.schema} would not hold all of it:\n  "
            + "\n  ".join(reasons)
            + "\nNone was made. Change or remove these and run again."
        )


def _tables_not_held(session: Session, contents: Contents, fold_case: bool) -> Iterator[str]:
    for table in contents.tables:
        for why in not_carried(table, contents.schema, fold_case=fold_case):
            yield f"table {table.name} ({why})"
        if "\r" in contents.creation_of(table):
            yield f"table {table.name!r} (a name in it has a carriage return, which client programs leave out)"
    yield from _kinds_not_held(session, contents.schema)
    yield from (
        f"table {key.table} (its foreign key {key.name} leads to {key.parent_schema}.{key.parent}, in another database)"
        for key in keys_out_of(session, contents.schema)
    )


def _kinds_not_held(session: Session, schema: str) -> Iterator[str]:
    """What is there beside tables, and tables that a backup would not hold as what they are."""
    rows = session.rows(
        f"SELECT table_name, table_type, engine FROM information_schema.tables WHERE table_schema = {sql.text(schema)}"
    )
    for name, kind, engine in rows:
        if kind not in _TABLE_KINDS and "TEMPORARY" not in kind:
            yield f"{kind.lower()} {name}"
        if why := rows_of_others(engine):
            yield f"table {name} ({why})"
        if name in OWN_TABLES:
            yield f"table {name} (a backup, or its way back, has one of this name for itself)"


def _objects_not_held(contents: Contents, fold_case: bool) -> Iterator[str]:
    for item in contents.objects:
        what = f"{item.kind.lower()} {item.name}"
        if item.kind not in KINDS:
            yield what
        elif not item.statement:
            right = " (the account may lack EXECUTE on a function that it calls)" if item.may_need_execute else ""
            yield f"{what} ({item.unreadable or 'its text may not be read'}){right}"
        elif item.kind == "VIEW":
            for other in sorted(item.unowned_text.other_schemas(contents.schema, fold_case=fold_case)):
                if other.lower() not in SERVER_S_OWN:  # of these everybody may read a part
                    yield f"{what} (it reads database {other}, on which the account that brings it back has no right)"
