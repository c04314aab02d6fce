"""The way back: a backup restored into a database beside production or, on request, in production's place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from cadrart_infra import naming
from cadrart_infra.backup.backups import Backup, choose
from cadrart_infra.backup.databases import LONGEST_NAME, database_of
from cadrart_infra.backup.errors import EITHER, UNTOUCHED, BackupError, Interrupted, explain
from cadrart_infra.backup.exchange import (
    Exchange,
    Places,
    database_options,
    exchange,
    is_pending,
    recover,
    require_exchangeable,
)
from cadrart_infra.backup.notes import NOTES, read_notes
from cadrart_infra.backup.operations import list_backups, load
from cadrart_infra.backup.restore_account import LOCK, RestoreAccount, another_is_running, existing_account
from cadrart_infra.backup.verification import differences, objects_for
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import Say
from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import forwarded, root_of
from cadrart_infra.model import Environment
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.disk_space import require_room
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.schema import schema_bytes, table_names
from cadrart_infra.mysql.session import Endpoint, Session
from cadrart_infra.mysql.stored_objects import create_objects
from cadrart_infra.text_table import aligned

_NEXT = (
    "Run a restore again: it finishes or takes back an exchange that had begun, and starts again from the beginning "
    "otherwise."
)


@dataclass(frozen=True)
class RestoreRequest:
    """Which backup (`latest`: the newest), and whether it takes production's place.

    `confirm` is asked with a text that says what is lost, before anything of production is touched; False ends it.
    """

    name: str
    replace_production: bool
    confirm: Callable[[str, str], bool]


def restore(kubectl: Kubectl, request: RestoreRequest, say: Say) -> str:
    """Does what is asked, and returns what is to be said of what is there now; raises BackupError.

    What an interrupted restore left is finished or taken back first. The backup is always restored and checked beside
    production, into `<production>-restored`, before it takes production's place.
    """
    places = _places(kubectl)
    backups = list_backups(kubectl)
    backup = choose(backups, request.name)
    _require_same_database(backup, places)
    state = _State()
    account = RestoreAccount(root_of(kubectl), places)
    with (
        _explained(state),
        existing_account(kubectl, account, say) as credentials,
        forwarded(kubectl, credentials) as endpoint,
        closing(Session(endpoint)) as session,
    ):
        return _Restore(kubectl, account, endpoint, session, backups, places, state, say).run(backup, request)


@dataclass
class _State:
    """What a restore is doing, and what is true of production meanwhile."""

    doing: str = "restoring the backup beside production"
    outcome: str = UNTOUCHED

    def now(self, doing: str, outcome: str) -> None:
        """The next step."""
        self.doing, self.outcome = doing, outcome


@dataclass(frozen=True)
class _Restore:
    kubectl: Kubectl
    account: RestoreAccount
    endpoint: Endpoint
    session: Session
    """For everything but the exchange: it may only read production. It holds the lock."""
    backups: list[Backup]
    places: Places
    state: _State
    say: Say

    def run(self, backup: Backup, request: RestoreRequest) -> str:
        """See `restore`."""
        session, places = self.session, self.places
        _take_lock(session)
        finished = self._recover()
        if finished and request.replace_production and finished.backup == backup.name:
            return _in_place(backup, finished.places)
        require_exchangeable(session, places)
        require_room_for(session, self.endpoint, backup, places)
        _load_beside(self.kubectl, session, backup, places, self.say)
        self.say(_comparison(session, places))
        if not request.replace_production:
            return _beside(backup, places)
        if not request.confirm(_what_is_lost(self.kubectl, backup, places), places.production):
            return f"{UNTOUCHED} {_beside(backup, places)}"
        self.state.now("putting the backup in production's place", EITHER)
        with self._on_production() as exchanging:
            exchange(exchanging, backup.name, places, self._bring_events, self.say)
        return _in_place(backup, places)

    @contextlib.contextmanager
    def _on_production(self) -> Iterator[Session]:
        """A session that may change production."""
        with self.account.on_production(), closing(Session(self.endpoint)) as session:
            yield session

    def _recover(self) -> Exchange | None:
        if not is_pending(self.session, self.places.production):
            return recover(self.session, self.places.production, self._bring_events, self.say)
        doing, outcome = self.state.doing, self.state.outcome
        self.state.now("finishing a restore that was interrupted, or taking it back", EITHER)
        with self._on_production() as exchanging:
            finished = recover(exchanging, self.places.production, self._bring_events, self.say)
        if finished:
            outcome = f"{self.places.production} is what the interrupted restore was to make of it."
        self.state.now(doing, outcome)
        return finished

    def _bring_events(self, exchange: Exchange) -> None:
        production = exchange.places.production
        backup = next((backup for backup in self.backups if backup.name == exchange.backup), None)
        if backup is None:
            raise BackupError(f"{exchange.backup} is not on the claim any more, so {production} lacks its events.")
        if backup.format > 1 or not backup.events:
            return  # the events of this release's backups are in its notes
        try:
            load(self.kubectl, backup, "events", production, naming.RESTORE_ACCOUNT_SECRET, self.say)
        except JobProblem as problem:
            outcome = f"{production} has the backup's tables, but not its {backup.events} scheduled events."
            raise BackupError(problem.with_outcome(outcome)) from None


def _places(kubectl: Kubectl) -> Places:
    """The databases' names, as the cluster's own record of the environments has them."""
    production, staging = (database_of(kubectl, environment) for environment in (Environment.PROD, Environment.STG))
    places = Places.of(production, datetime.now(UTC))
    for name in (places.restored, places.replaced):
        if len(name) > LONGEST_NAME:
            raise BackupError(
                f"The name {name} is longer than the {LONGEST_NAME} characters that a database's name may have. "
                "Nothing was changed. Restore by hand: docs/backup.md"
            )
        if name.lower().startswith(staging.lower()):
            raise BackupError(
                f"{name} begins with staging's name {staging}, so staging's sync could overwrite it. "
                "Nothing was changed. Restore by hand: docs/backup.md"
            )
    return places


def _require_same_database(backup: Backup, places: Places) -> None:
    if backup.database != places.production:
        raise BackupError(
            f"The backup {backup.name} is of the database {backup.database}, and production's is {places.production}. "
            "Nothing was changed. Restore it by hand: docs/backup.md"
        )


@contextlib.contextmanager
def _explained(state: _State) -> Iterator[None]:
    """Errors of Jobs and of the server, as errors of a restore."""
    try:
        yield
    except JobProblem as problem:
        raise BackupError(problem.with_outcome(state.outcome)) from None
    except DatabaseError as error:
        raise explain(error, state.doing, state.outcome) from None
    except KeyboardInterrupt:
        raise Interrupted(f"The restore was interrupted while {state.doing}. {state.outcome} {_NEXT}") from None


def _take_lock(session: Session) -> None:
    if session.value(f"SELECT GET_LOCK('{LOCK}', 0)") != 1:
        raise another_is_running(session.value(f"SELECT IS_USED_LOCK('{LOCK}')"))


def require_room_for(session: Session, endpoint: Endpoint, backup: Backup, places: Places) -> None:
    """Raises TooLittleRoom; by what the tables took when they were backed up, or take now where nobody noted it.

    The copy of an earlier look makes room for the new one.
    """
    free = endpoint.free_bytes()
    if free is not None:
        needed = backup.data or schema_bytes(session, places.production)
        room = free + schema_bytes(session, places.restored)
        require_room(session, room, f"restoring {backup.tables} tables", needed)


def _load_beside(kubectl: Kubectl, session: Session, backup: Backup, places: Places, say: Say) -> None:
    """A database with all that the backup has, but for its events: they would run there."""
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


def require_as_noted(session: Session, backup: Backup, places: Places, say: Say) -> None:
    """Compare with what the backup says of itself, and make its views, triggers and routines; raises BackupError."""
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


def _comparison(session: Session, places: Places) -> str:
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


def _beside(backup: Backup, places: Places) -> str:
    return (
        f"{backup.name} is in the database {places.restored}, whole, for you to look at. "
        f"To put it in production's place: python -m cadrart_infra.backup restore {backup.name} --replace-production"
    )


def _in_place(backup: Backup, places: Places) -> str:
    return (
        f"{places.production} is what it was at {backup.time}. What it was until now is in {places.replaced}; nothing "
        "of it was dropped. Look at the shop, then remove that database when nobody misses anything in it."
    )


def _what_is_lost(kubectl: Kubectl, backup: Backup, places: Places) -> str:
    record = kubectl.find(CONFIG_MAP, naming.ENVIRONMENT_CONFIG)
    serving = record["data"]["COLOR_PROD"] if record else ""
    text = (
        f"{places.production} will be what it was at {backup.time}. The shop forgets every order, customer and change "
        f"since then; they stay in the database {places.replaced}, where you can look them up."
    )
    if serving and serving != backup.serving:
        text += (
            f"\nThe backup was made while {backup.serving} served production; now {serving} does. If {serving}'s "
            "release needs newer tables, switch back first: "
            f"pulumi config set activeColor {backup.serving} && pulumi up"
        )
    return text
