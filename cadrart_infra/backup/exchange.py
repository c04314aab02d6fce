"""Exchanges production's tables with a restored database's, by a cut-over.

Production's tables go to a database of their own, and nothing is dropped. Its views, triggers, routines and events are
written down there, and so is the exchange itself while it is under way: whoever runs a restore after a crash finds it
there, and finishes it or takes it back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cadrart_infra.backup.errors import EITHER, UNTOUCHED, BackupError, explain
from cadrart_infra.backup.notes import EXCHANGED_OBJECTS, NOTES, read_notes
from cadrart_infra.backup.restore_names import RestoreNames, is_moment
from cadrart_infra.backup.verification import objects_for
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.cut_over import CutOver, CutOverPlan, InUse, Retries
from cadrart_infra.mysql.errors import DatabaseError, NotesDamaged, ObjectsRefused
from cadrart_infra.mysql.foreign_keys import keys_into, point_keys_to
from cadrart_infra.mysql.journal import Journal
from cadrart_infra.mysql.object_definitions import StoredObject, read_objects
from cadrart_infra.mysql.schema import encryption_clause, folds_case, schema_comment, schema_defaults, table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import create_objects, drop_objects
from cadrart_infra.mysql.tables import drop_tables
from cadrart_infra.naming import EXCHANGE_JOURNAL, replaced_prefix
from cadrart_infra.terminal import Say

_ONE_TRY_SECONDS = 2  # new statements of production wait behind the exchange for this long at most
_GIVE_UP_AFTER_SECONDS = 60


@dataclass(frozen=True)
class Exchange:
    """One exchange: of which backup, where, and what changes."""

    backup: str
    places: RestoreNames
    change: CutOverPlan

    @classmethod
    def parse(cls, content: dict[str, Any]) -> Exchange:
        """From `dataclasses.asdict`, as JSON brings it back."""
        return cls(content["backup"], RestoreNames(**content["places"]), CutOverPlan.parse(content["change"]))


BringEvents = Callable[[Exchange], None]
"""Brings the events of an older release's backup into production; may be called again. Raises BackupError."""


def require_exchangeable(session: Session, places: RestoreNames) -> None:
    """Raises BackupError where an exchange would not be whole; reads only."""
    across = sorted({f"{key.schema}.{key.table}" for key in keys_into(session, [places.production])})
    if across:
        raise BackupError(
            f"Foreign keys of other databases lead to {places.production}'s tables and would follow them away: "
            f"{', '.join(across)}. Production was not touched. Drop these foreign keys and run again."
        )


def exchange(session: Session, backup: str, places: RestoreNames, bring_events: BringEvents, say: Say) -> None:
    """Does it; raises BackupError with production as it was, or says exactly what is left to do."""
    session.accept_old_tables()
    try:
        _refer_to_production(session, places)
    except DatabaseError as error:
        raise explain(error, "pointing foreign keys to production's database", UNTOUCHED) from None
    journal = Journal(session, places.replaced, EXCHANGE_JOURNAL)
    session.run(f"CREATE DATABASE {sql.name(places.replaced)} {database_options(session, places.production)}")
    journal.create()
    record = _Record(journal, Exchange(backup, places, _change(session, places)), _bringing(session, bring_events))
    cut_over, retries = record.cut_over(), _retries(say)
    try:
        cut_over.perform(retries)
    except DatabaseError as error:
        raise _not_exchanged(record, error) from None
    try:
        cut_over.finish(retries)
    except DatabaseError as error:
        raise _not_finished(places, error) from None
    with contextlib.suppress(DatabaseError):  # all is done, and the next restore removes it as well
        _remove_journal(journal)


def _refer_to_production(session: Session, places: RestoreNames) -> None:
    """A foreign key to a table that is not there keeps its database's name when it moves: let that be production's."""
    there = set(table_names(session, places.restored))
    point_keys_to(
        session, places.production, places.restored, there, lambda schema, parent: not schema and parent not in there
    )


def recover(session: Session, production: str, bring_events: BringEvents, say: Say) -> Exchange | None:
    """Finishes what an interrupted restore of this database left, or takes it back; the exchange that it finished.

    Events that cannot be brought are named and left out, as are views, triggers and routines.
    """
    session.accept_old_tables()
    bring = _bringing(session, bring_events)

    def bring_or_say(exchange: Exchange) -> None:
        try:
            bring(exchange)
        except BackupError as error:
            say(str(error))

    finished = None
    for schema in _left_over(session, production):
        journal = Journal(session, schema, EXCHANGE_JOURNAL)
        pending = _pending(journal, production)
        if pending is not None:
            say(f"recovering from a restore of {pending.backup} that was interrupted")
            done = _recover(_Record(journal, pending, bring_or_say), say)
            say(f"the interrupted restore was {'finished' if done else 'taken back'}")
            finished = pending if done else None
            _forget_what_stayed(session, pending)
        _remove_journal(journal)
    return finished


def _bringing(session: Session, otherwise: BringEvents) -> BringEvents:
    """The backup's events by its own notes, while they are there; of one that has none, otherwise."""

    def bring(exchange: Exchange) -> None:
        production = exchange.places.production
        notes = read_notes(session, exchange.places.restored)
        if notes is None:
            otherwise(exchange)
            return
        events = [item for item in objects_for(session, notes, production) if item.kind == "EVENT"]
        drop_objects(session, production, events)  # of a run that was interrupted here
        try:
            create_objects(session, session, production, events)
        except ObjectsRefused as error:
            outcome = f"{production} has the backup's tables, but not these events."
            raise BackupError(error.explained(outcome)) from None

    return bring


def is_pending(session: Session, production: str) -> bool:
    """Whether an interrupted restore of this database left something to finish or to take back; only looks."""
    return any(
        _pending(Journal(session, schema, EXCHANGE_JOURNAL), production) for schema in _left_over(session, production)
    )


def _recover(record: _Record, say: Say) -> bool:
    try:
        return record.cut_over().recover(_retries(say))
    except DatabaseError as error:
        raise _not_finished(record.exchange.places, error) from None


def database_options(session: Session, schema: str) -> str:
    """Character set, collation, comment and encryption of a database, for another one like it."""
    charset, collation = schema_defaults(session, schema) or (sql.CHARACTER_SET, sql.COLLATION)
    comment = schema_comment(session, schema)
    commented = f" COMMENT {sql.string(comment)}" if comment else ""
    return f"CHARACTER SET {charset} COLLATE {collation}{commented}{encryption_clause(session, schema)}"


@dataclass(frozen=True)
class _Record:
    """An exchange as its cut-over writes it down, beside the replaced tables."""

    journal: Journal
    exchange: Exchange
    bring_events: BringEvents

    def cut_over(self) -> CutOver:
        """What changes production; nothing of it may be lost."""
        return CutOver(self.journal.session, self.exchange.change, self, keeps=True)

    def begin(self) -> None:
        """See ChangeJournal; what is dropped and not renamed is written down for people too."""
        self.journal.write(self.exchange.places.production, asdict(self.exchange))
        if EXCHANGED_OBJECTS not in table_names(self.journal.session, self.journal.schema):
            _write_down(self.journal.session, self.journal.schema, self.exchange.change.outgoing)

    def clean_up(self) -> None:
        """Events come last, when the database is whole: they begin to run at once. The emptied database goes."""
        self.bring_events(self.exchange)
        self.journal.session.run(f"DROP DATABASE IF EXISTS {sql.name(self.exchange.places.restored)}")

    def end(self) -> None:
        """See ChangeJournal."""
        self.journal.forget(self.exchange.places.production)

    def is_pending(self) -> bool:
        """Whether something is left to finish or to take back, as far as the server can be asked."""
        try:
            return self.journal.read(self.exchange.places.production, Exchange.parse) is not None
        except DatabaseError:
            return True


def _change(session: Session, places: RestoreNames) -> CutOverPlan:
    leaving, arriving = read_objects(session, places.production), read_objects(session, places.restored)
    fold_case, notes = folds_case(session), read_notes(session, places.restored)
    return CutOverPlan(
        place=places.production,
        arrive_from=places.restored,
        leave_to=places.replaced,
        arriving=tuple(name for name in table_names(session, places.restored) if name != NOTES),
        leaving=tuple(table_names(session, places.production)),
        incoming=tuple(_moved(item, places, fold_case=fold_case) for item in arriving if item.kind != "EVENT"),
        outgoing=leaving,
        collation=(schema_defaults(session, places.production) or ("", ""))[1],
        new_collation=notes.source.get("collation", "") if notes else "",
    )


def _moved(item: StoredObject, places: RestoreNames, *, fold_case: bool) -> StoredObject:
    """The object as it was made in the restored database, for production; it keeps its owner."""
    return replace(item, statement=item.text.moved(places.restored, places.production, fold_case=fold_case))


def _write_down(session: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Their definitions, in a table beside the replaced tables: what is dropped can be created again by hand."""
    if not items:
        return
    table = sql.table(schema, EXCHANGED_OBJECTS)
    session.run(f"CREATE TABLE {table} (kind varchar(20), name varchar(64), definition longtext) CHARSET utf8mb4")
    for item in items:
        definition = json.dumps(asdict(item), ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        texts = (item.kind, item.name, definition)
        session.run(f"INSERT INTO {table} VALUES ({sql.texts(texts)})")


def _retries(say: Say) -> Retries:
    waiting = "production's tables are in use by a long transaction; trying again"
    return Retries(_ONE_TRY_SECONDS, _GIVE_UP_AFTER_SECONDS, waiting, say)


def _left_over(session: Session, production: str) -> list[str]:
    """Databases of earlier exchanges in which a journal is left, or nothing at all."""
    prefix = replaced_prefix(production)
    schemas = session.column(
        "SELECT schema_name FROM information_schema.schemata "
        f"WHERE LEFT(schema_name, {len(prefix)}) = {sql.text(prefix)} ORDER BY schema_name"
    )
    ours = [schema for schema in schemas if is_moment(schema.removeprefix(prefix))]
    return [schema for schema in ours if (tables := table_names(session, schema)) == [] or EXCHANGE_JOURNAL in tables]


def _pending(journal: Journal, production: str) -> Exchange | None:
    if EXCHANGE_JOURNAL not in table_names(journal.session, journal.schema):
        return None
    try:
        return journal.read(production, Exchange.parse)
    except NotesDamaged as error:
        left, notes = journal.schema, sql.table(journal.schema, EXCHANGE_JOURNAL)
        raise BackupError(
            error.explained(
                "It says how a restore that was interrupted had exchanged production's tables, so it is not known how "
                "far that came. Nothing was changed.",
                f"See which tables are in {production} and which in {left}: those of {left} were production's before "
                "that restore. Bring back what production lacks, with RENAME TABLE; then, as root, "
                f"DROP TABLE {notes}, and run the restore again.",
            )
        ) from None


def _forget_what_stayed(session: Session, exchange: Exchange) -> None:
    """Where no table left production, its objects are back as well: their definitions need no other place."""
    schema = exchange.places.replaced
    if exchange.change.leaving and not set(exchange.change.leaving).intersection(table_names(session, schema)):
        drop_tables(session, schema, [EXCHANGED_OBJECTS])


def _remove_journal(journal: Journal) -> None:
    """With its database, where nothing else is in that."""
    schema, session = journal.schema, journal.session
    session.run(f"DROP TABLE IF EXISTS {sql.table(schema, EXCHANGE_JOURNAL)}")
    if not table_names(session, schema):
        session.run(f"DROP DATABASE {sql.name(schema)}")


def _not_exchanged(record: _Record, error: DatabaseError) -> BackupError:
    """Production's tables are those that it had."""
    places = record.exchange.places
    if record.is_pending():
        return _not_finished(places, error)
    with contextlib.suppress(DatabaseError):  # the next restore does it as well
        _forget_what_stayed(record.journal.session, record.exchange)
        _remove_journal(record.journal)
    what = f"The tables of {places.production} could not be exchanged"
    if isinstance(error, InUse):
        remedy = "A long transaction on production's tables is the usual reason: end it and run again."
        return BackupError(error.explained("Production is as it was.", remedy, what=what))
    return explain(error, "putting the backup in production's place", "Production is as it was.")


def _not_finished(places: RestoreNames, error: DatabaseError) -> BackupError:
    return BackupError(
        error.explained(
            EITHER,
            "Some of its views, triggers and routines may be missing. Run a restore again: before anything else it "
            f"finishes this exchange or takes it back. Until then {places.replaced} holds what that needs; leave it.",
            doing="putting the backup in production's place",
        )
    )
