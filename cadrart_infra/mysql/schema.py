"""A database as a whole: all that is in it, and single questions about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.object_definitions import StoredObject, read_objects
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import (
    INNODB,
    TABLE_TYPES,
    WITHOUT_SNAPSHOT,
    NumberSequence,
    Table,
    rows_of_others,
)
from cadrart_infra.mysql.table_reading import read_sequences, read_tables


@dataclass(frozen=True)
class Inventory:
    """Everything in one schema."""

    schema: str
    charset: str
    collation: str
    tables: dict[str, Table]
    objects: tuple[StoredObject, ...]
    other: dict[str, str]
    """What is neither a table that is carried nor a stored object: by its name, what it is and why not."""
    folds_case: bool = False
    """Whether the server takes a schema's name in another spelling for the same."""
    comment: str = ""
    """The database's own, on MariaDB."""
    sequences: dict[str, NumberSequence] = field(default_factory=dict)

    @property
    def relations(self) -> tuple[str, ...]:
        """All that is renamed like a table."""
        return (*self.tables, *self.sequences)

    def objects_for(self, schema: str) -> tuple[StoredObject, ...]:
        """The stored objects as they are to be created in another schema."""
        return tuple(item.moved(self.schema, schema, fold_case=self.folds_case) for item in self.objects)

    def fingerprint(self) -> str:
        """Changes when any definition changes; rows and counters do not matter."""
        shape = [self.charset, self.collation, self.comment, [table.definition for table in self.tables.values()]]
        objects = [asdict(item) for item in self.objects]
        sequences = {name: sequence.statement for name, sequence in self.sequences.items()}
        return hashlib.sha256(json.dumps([shape, objects, self.other, sequences]).encode()).hexdigest()


def schema_exists(session: Session, schema: str) -> bool:
    """True when the account can see the schema."""
    return session.row(f"SELECT 1 FROM information_schema.schemata WHERE schema_name = {sql.text(schema)}") is not None


def schema_defaults(session: Session, schema: str) -> tuple[str, str] | None:
    """Character set and collation of what is created in the schema; None where the account sees no such schema."""
    found = session.row(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        f"WHERE schema_name = {sql.text(schema)}"
    )
    return (found[0], found[1]) if found else None


def encryption_clause(session: Session, schema: str) -> str:
    """For the creation of a database like this one, whose tables MySQL keeps encrypted or not whatever it does with new
    databases; empty on MariaDB."""
    if session.server.is_mariadb:
        return ""
    where = f"WHERE schema_name = {sql.text(schema)}"
    encrypted = session.value(f"SELECT default_encryption = 'YES' FROM information_schema.schemata {where}")
    return "" if encrypted is None else f" ENCRYPTION '{'Y' if encrypted else 'N'}'"


def schema_comment(session: Session, schema: str) -> str:
    """A database's comment; empty on MySQL, whose databases have none."""
    if not session.server.is_mariadb:
        return ""
    where = f"WHERE schema_name = {sql.text(schema)}"
    return str(session.value(f"SELECT schema_comment FROM information_schema.schemata {where}") or "")


def table_names(session: Session, schema: str) -> list[str]:
    """Every table and sequence of the schema; no views."""
    return session.column(
        "SELECT table_name FROM information_schema.tables WHERE table_type <> 'VIEW' "
        f"AND table_schema = {sql.text(schema)} ORDER BY table_name"
    )


def reusable_tables(session: Session, schema: str) -> list[str]:
    """Those of its tables that can be brought to one moment row by row; of no other one is the file opened."""
    return session.column(
        "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
        f"AND engine = '{INNODB}' AND table_schema = {sql.text(schema)} ORDER BY table_name"
    )


def schema_bytes(session: Session, schema: str) -> int:
    """What its tables take, with their indexes, by the server's statistics; 0 where there is no such schema."""
    return int(session.value(
        "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
        f"WHERE table_schema = {sql.text(schema)}"
    ))  # fmt: skip


def read_inventory(session: Session, schema: str) -> Inventory:
    """Read the whole schema's definitions."""
    charset, collation = schema_defaults(session, schema) or (sql.CHARACTER_SET, sql.COLLATION)
    session.use(schema)  # SHOW CREATE VIEW leaves the schema's own name out then
    kinds = session.rows(
        "SELECT table_name, table_type, engine FROM information_schema.tables "
        f"WHERE table_schema = {sql.text(schema)} AND table_type <> 'VIEW' ORDER BY table_name"
    )
    plain = [row[0] for row in kinds if row[1] in TABLE_TYPES and row[2] in {INNODB, *WITHOUT_SNAPSHOT}]
    sequences = [row[0] for row in kinds if row[1] == "SEQUENCE"]
    other = {row[0]: _described(row[0], str(row[1]), row[2]) for row in kinds if row[0] not in (*plain, *sequences)}
    return Inventory(
        schema,
        charset,
        collation,
        read_tables(session, schema, plain),
        read_objects(session, schema),
        other,
        folds_case(session),
        schema_comment(session, schema),
        read_sequences(session, schema, sequences),
    )


def _described(name: str, table_type: str, engine: str | None) -> str:
    if table_type not in TABLE_TYPES:
        return f"{table_type.lower()} {name}"
    if engine is None:
        return f"table {name} (the server cannot read it)"
    return f"{engine} table {name} ({rows_of_others(engine) or 'an engine that no copy was tried with'})"


def folds_case(session: Session) -> bool:
    """Whether two spellings of a schema's or table's name are one to this server."""
    return bool(session.value("SELECT @@lower_case_table_names"))


def file_per_table_remedy(session: Session) -> str:
    """What helps MySQL make compressed and partitioned tables as it did; empty where it would, or is MariaDB."""
    if session.server.is_mariadb or session.value("SELECT @@GLOBAL.innodb_file_per_table"):
        return ""
    return "where they are compressed or have partitions: SET GLOBAL innodb_file_per_table = ON, which is off"
