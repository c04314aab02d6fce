"""Restores a backup into a database beside production or, on request, in production's place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from cadrart_infra import naming, traffic
from cadrart_infra.backup.backups import Backup, choose_backup
from cadrart_infra.backup.databases import database_of
from cadrart_infra.backup.errors import EITHER, UNTOUCHED, BackupError, explain
from cadrart_infra.backup.exchange import (
    Exchange,
    exchange,
    is_pending,
    recover,
    require_exchangeable,
)
from cadrart_infra.backup.operations import list_backups, load
from cadrart_infra.backup.restore_account import LOCK, RestoreAccount, another_is_running, existing_account
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.backup.restored_database import load_beside, require_room_for, rows_beside
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import forwarded_endpoint, root_of
from cadrart_infra.interruption import Interrupted
from cadrart_infra.model import Environment
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.sql import LONGEST_NAME
from cadrart_infra.terminal import Say

_NEXT = (
    "Run a restore again: it finishes or takes back an exchange that had begun, and starts again from the beginning "
    "otherwise."
)


@dataclass(frozen=True)
class RestoreRequest:
    """Which backup (`latest`: the newest), and whether it takes production's place.

    `confirm` is asked with a text that says what is lost, before anything of production is touched; False ends it.
    `replaced` is called when a backup has taken production's place: this one, or that of an interrupted restore, None
    where it is not on the claim any more.
    """

    name: str
    replace_production: bool
    confirm: Callable[[str, str], bool]
    replaced: Callable[[Backup | None], None] = lambda _: None


def restore(kubectl: Kubectl, request: RestoreRequest, say: Say) -> str:
    """Restores as requested, and returns the report; raises BackupError.

    What an interrupted restore left is finished or taken back first. The backup is always restored and checked beside
    production, into `<production>-restored`, before it takes production's place.
    """
    places = places_of(kubectl)
    state = _State()
    with _explained(state):
        backups, damaged = list_backups(kubectl)
    backup = choose_backup(backups, request.name, damaged)
    _require_same_database(backup, places)
    account = RestoreAccount(root_of(kubectl), places)
    with (
        _explained(state),
        existing_account(kubectl, account, say) as credentials,
        forwarded_endpoint(kubectl, credentials) as endpoint,
        closing(Session(endpoint)) as session,
    ):
        return _Restore(kubectl, account, endpoint, session, backups, places, state, say).run(backup, request)


@dataclass
class _State:
    """The current step of a restore, and what is true of production meanwhile, for errors."""

    doing: str = "restoring the backup beside production"
    outcome: str = UNTOUCHED

    def now(self, doing: str, outcome: str) -> None:
        """Begins the next step; `outcome`: what is true of production if it fails."""
        self.doing, self.outcome = doing, outcome


@dataclass(frozen=True)
class _Restore:
    kubectl: Kubectl
    account: RestoreAccount
    endpoint: Endpoint
    session: Session
    """For everything but the exchange: it may only read production. It holds the lock."""
    backups: list[Backup]
    places: RestoreNames
    state: _State
    say: Say

    def run(self, backup: Backup, request: RestoreRequest) -> str:
        """See `restore`."""
        session, places = self.session, self.places
        _take_lock(session)
        finished = self._recover()
        if finished:
            request.replaced(self._backup_of(finished))
        if finished and request.replace_production and finished.backup == backup.name:
            return _in_place(backup, finished.places)
        require_exchangeable(session, places)
        require_room_for(session, self.endpoint, backup, places)
        load_beside(self.kubectl, session, backup, places, self.say)
        self.say(rows_beside(session, places))
        if not request.replace_production:
            return _beside(backup, places)
        if not request.confirm(_what_is_lost(self.kubectl, backup, places), places.production):
            return f"{UNTOUCHED} {_beside(backup, places)}"
        self.state.now("putting the backup in production's place", EITHER)
        with self._on_production() as exchanging:
            exchange(exchanging, backup.name, places, self._bring_events, self.say)
        request.replaced(backup)
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

    def _backup_of(self, exchange: Exchange) -> Backup | None:
        return next((backup for backup in self.backups if backup.name == exchange.backup), None)

    def _bring_events(self, exchange: Exchange) -> None:
        production = exchange.places.production
        backup = self._backup_of(exchange)
        if backup is None:
            raise BackupError(f"{exchange.backup} is not on the claim any more, so {production} lacks its events.")
        if backup.format > 1:  # the notes with its events went with the last step, or somebody dropped them
            with closing(Session(self.endpoint)) as session:  # another one sees no events of production
                _require_events(session, backup, production)
            return
        if not backup.events:
            return
        try:
            load(self.kubectl, backup, "events", production, naming.RESTORE_ACCOUNT_SECRET, self.say)
        except JobProblem as problem:
            outcome = f"{production} has the backup's tables, but not its {backup.events} scheduled events."
            raise BackupError(problem.with_outcome(outcome)) from None


def places_of(kubectl: Kubectl) -> RestoreNames:
    """The databases' names, as the cluster's own record of the environments has them."""
    production, staging = (database_of(kubectl, environment) for environment in (Environment.PROD, Environment.STG))
    places = RestoreNames.of(production, datetime.now(UTC))
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


def _require_same_database(backup: Backup, places: RestoreNames) -> None:
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


def _require_events(session: Session, backup: Backup, production: str) -> None:
    there = session.value(f"SELECT COUNT(*) FROM information_schema.events WHERE event_schema = {sql.text(production)}")
    if there < backup.events:
        raise BackupError(
            f"{production} has the backup's tables, and {there} of its {backup.events} scheduled events: the database "
            f"that held the others' definitions is gone. Restore {backup.name} once more to have them."
        )


def _beside(backup: Backup, places: RestoreNames) -> str:
    return (
        f"{backup.name} is in the database {places.restored}, whole, for you to look at. "
        f"To put it in production's place: cadrart restore {backup.name} --replace-production"
    )


def _in_place(backup: Backup, places: RestoreNames) -> str:
    return (
        f"{places.production} is what it was at {backup.time}. What it was until now is in {places.replaced}; nothing "
        "of it was dropped. Look at the shop, then remove that database when nobody misses anything in it."
    )


def _what_is_lost(kubectl: Kubectl, backup: Backup, places: RestoreNames) -> str:
    record = kubectl.find(CONFIG_MAP, naming.ENVIRONMENT_CONFIG)
    serving = traffic.production_in(record.get("data")) if record else None
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
