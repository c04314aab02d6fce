"""Views, triggers, routines and events, as the server defines them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.definition_heads import in_one_charset
from cadrart_infra.mysql.encodings import bytes_of, text_of
from cadrart_infra.mysql.errors import Refused
from cadrart_infra.mysql.parsed_statement import ParsedStatement
from cadrart_infra.mysql.repeated_conditions import without_repeats
from cadrart_infra.mysql.session import Row, Session
from cadrart_infra.mysql.session_settings import OWN_CONNECTION, READ_ONLY, READ_WRITE

_PERHAPS_FOR_A_RIGHT = ("(1142)", "(1235)", "(1356)", "(1370)")
"""How a server's answer begins that does not show a view for want of a right, or of what the view reads.

1235 is of a view with JSON_TABLE: MySQL takes what may not be seen there for a table that does not exist.
"""


@dataclass(frozen=True)
class StoredObject:
    """A view, trigger, procedure, function or event, with the session settings it was created under."""

    kind: str
    name: str
    statement: str
    sql_mode: str | None = None
    charset: str = "utf8mb4"
    collation: str = ""
    time_zone: str = "+00:00"
    definer: str = field(default="", compare=False)
    database_collation: str = ""
    """The schema's own when the object was made: what its variables and parameters go on with."""
    unreadable: str = field(default="", compare=False)
    """Why the server does not show it; the statement is empty then."""

    @property
    def as_bytes(self) -> bytes:
        """The statement as the server is to get it, in the object's own character set."""
        text = self.text
        if self.kind == "EVENT" and "HIGH_NOT_PRECEDENCE" in (self.sql_mode or ""):
            text = ParsedStatement(text.without_default_of_completion(), self.sql_mode)
        if self.kind in ("EVENT", "PROCEDURE", "FUNCTION"):
            text = ParsedStatement(text.with_readable_comment(), self.sql_mode)
        return bytes_of(text.statement, self.charset)

    @property
    def may_need_execute(self) -> bool:
        """Whether the server may hide it because the account lacks EXECUTE on a function that the view calls."""
        return self.kind == "VIEW" and (not self.unreadable or self.unreadable.startswith(_PERHAPS_FOR_A_RIGHT))

    @property
    def text(self) -> ParsedStatement:
        """The statement, to be read as the server reads it."""
        # What SHOW writes of a view it writes in the session's own mode.
        return ParsedStatement(self.statement, self.sql_mode)

    @property
    def unowned_text(self) -> ParsedStatement:
        """The same without its DEFINER: names in that are of accounts, not of databases."""
        return ParsedStatement(self.text.without_definer(), self.sql_mode)

    def moved(self, old: str, new: str, *, fold_case: bool = False) -> StoredObject:
        """The object as it will be created in schema `new`: owned by its creator, events disabled."""
        statement = ParsedStatement(self.text.moved(old, new, fold_case=fold_case), self.sql_mode).without_definer()
        if self.kind == "EVENT":
            statement = ParsedStatement(statement, self.sql_mode).disabled_event()
        return replace(self, statement=statement)


@dataclass(frozen=True)
class _Shown:
    """How one kind of object is listed, and in which columns SHOW CREATE answers what; None for what it does not."""

    listed: str
    statement: int
    charset: int
    sql_mode: int | None = 1
    time_zone: int | None = None
    database_collation: int | None = None


_ROUTINES = (
    "SELECT routine_name FROM information_schema.routines WHERE routine_schema = {schema} AND routine_type = '{kind}' "
    "ORDER BY 1"
)
_SHOWN = {
    "FUNCTION": _Shown(_ROUTINES, 2, 3, database_collation=5),
    "PROCEDURE": _Shown(_ROUTINES, 2, 3, database_collation=5),
    "VIEW": _Shown(
        "SELECT table_name FROM information_schema.views WHERE table_schema = {schema} ORDER BY 1", 1, 2, sql_mode=None
    ),
    "TRIGGER": _Shown(
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = {schema} "
        "ORDER BY event_object_table, action_timing, event_manipulation, action_order",
        2,
        3,
        database_collation=5,
    ),
    "EVENT": _Shown(
        "SELECT event_name FROM information_schema.events WHERE event_schema = {schema} ORDER BY 1",
        3,
        4,
        time_zone=2,
        database_collation=6,
    ),
}
KINDS = frozenset(_SHOWN)
"""Of objects that can be read, and made again."""
_OTHER_ROUTINES = (
    "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = {schema} "
    "AND routine_type NOT IN ('FUNCTION', 'PROCEDURE') ORDER BY 1, 2"
)
_KNOWS_LIBRARIES = (
    "SELECT 1 FROM information_schema.tables WHERE table_schema = 'information_schema' AND table_name = 'LIBRARIES'"
)
_LIBRARIES = (
    "SELECT 'LIBRARY', library_name FROM information_schema.libraries WHERE library_schema = {schema} ORDER BY 2"
)
GONE = frozenset({1146, 1305, 1360, 1539})
"""Errors for a table or an object that was dropped since it was listed."""
_WRITES = 1792
"""The error of a statement that would write, for a session that may only read."""
_MIXED_COLLATIONS = frozenset({1267, 1270, 1271})
"""Errors for two, three or more texts of different collations that are compared or put together."""


def read_objects(session: Session, schema: str) -> tuple[StoredObject, ...]:
    """Routines, views, triggers, events: in an order in which they can mostly be created again.

    One that the server does not show is there with an empty statement, and the reason in `unreadable`.
    """
    session.use(schema)
    quoted = sql.text(schema)
    others = list(session.rows(_OTHER_ROUTINES.format(schema=quoted)))
    if session.value(_KNOWS_LIBRARIES):
        others += session.rows(_LIBRARIES.format(schema=quoted))
    found: list[StoredObject | None] = [StoredObject(str(kind), name, "") for kind, name in others]
    for kind, shown in _SHOWN.items():
        # MariaDB lists those of another schema too whose name is this one in capitals.
        names = dict.fromkeys(session.column(shown.listed.format(schema=quoted, kind=kind)))
        found += [_read_object(session, schema, kind, name) for name in names]
    return tuple(item for item in found if item is not None)


def _read_object(session: Session, schema: str, kind: str, name: str) -> StoredObject | None:
    try:
        with session.as_bytes():
            row = _shown_row(session, schema, kind, name)
            return _shown_object(session, kind, name, row) if row else None
    except Refused as error:
        return None if error.number in GONE else StoredObject(kind, name, "", unreadable=error.said)


def _shown_row(session: Session, schema: str, kind: str, name: str) -> Row | None:
    """As this session sees it, or as one that could have made it."""
    statement = f"SHOW CREATE {kind} {sql.table(schema, name)}"
    try:
        return session.row(statement)
    except Refused as error:
        if error.number == _WRITES:
            as_its_maker = _allowed_to_write(session)
        elif error.number in _MIXED_COLLATIONS and kind == "VIEW":
            as_its_maker = _in_the_collation_of(session, schema, name)
        else:
            raise
    with as_its_maker:
        return session.row(statement)


@contextmanager
def _allowed_to_write(session: Session) -> Iterator[None]:
    """MariaDB shows a view that takes numbers of a sequence only to who could take one, though it takes none."""
    session.run(READ_WRITE)
    try:
        yield
    finally:
        session.run(READ_ONLY)


@contextmanager
def _in_the_collation_of(session: Session, schema: str, view: str) -> Iterator[None]:
    """A view's own texts have the collation of the session that made it, what functions answer has the reader's."""
    collation = session.value(
        "SELECT collation_connection FROM information_schema.views "
        f"WHERE table_schema = {sql.text(schema)} AND table_name = {sql.text(view)}"
    )
    session.run(f"SET SESSION collation_connection = {sql.text(text_of(collation or sql.COLLATION.encode()))}")
    try:
        yield
    finally:
        session.run(f"SET SESSION {OWN_CONNECTION}")


def _shown_object(session: Session, kind: str, name: str, row: Row) -> StoredObject:
    shown = _SHOWN[kind]

    def plain(index: int | None, otherwise: str) -> str:
        return otherwise if index is None or row[index] is None else row[index].decode()

    charset = plain(shown.charset, "utf8mb4")
    try:
        statement = text_of(in_one_charset(session, row[shown.statement] or b"", charset), charset)
    except UnicodeError as error:
        return StoredObject(kind, name, "", unreadable=str(error))
    if kind == "EVENT":
        statement = ParsedStatement(statement, plain(shown.sql_mode, "")).with_whole_user()
    if kind == "VIEW" and not session.server.is_mariadb:
        statement = without_repeats(statement)
    item = StoredObject(
        kind,
        name,
        statement,
        None if shown.sql_mode is None else plain(shown.sql_mode, ""),
        charset,
        plain(shown.charset + 1, ""),
        plain(shown.time_zone, "+00:00"),
        database_collation=plain(shown.database_collation, ""),
    )
    return replace(item, definer=item.text.definer())
