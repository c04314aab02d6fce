"""A run of the sync: its request, its sessions and its current step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from cadrart_infra.mysql.disk_space import RoomGuard
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.schema import Inventory, table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_pool import SessionPool
from cadrart_infra.mysql.tables import drop_tables
from cadrart_infra.staging_sync import slots
from cadrart_infra.staging_sync.canary import Canary
from cadrart_infra.staging_sync.errors import UNTOUCHED, NoRoom, explain
from cadrart_infra.staging_sync.journal import NOT_MASKED, Journal
from cadrart_infra.staging_sync.preconditions import require_distinct
from cadrart_infra.staging_sync.progress import Monitor
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.request import SyncRequest
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.throttle import Throttle
from cadrart_infra.terminal import Say


@dataclass
class Run:
    """What every part of a run works with; `outcome` is what is true of production and staging if it ends now."""

    endpoint: Endpoint
    request: SyncRequest
    schemas: Schemas
    pool: SessionPool
    monitor: Monitor
    throttle: Throttle
    doing: str = "connecting"
    outcome: str = UNTOUCHED

    @property
    def read(self) -> Session:
        """The session that looks at production and at the server."""
        return self.pool[slots.READ]

    @property
    def write(self) -> Session:
        """The session for everything that changes definitions."""
        return self.pool[slots.WRITE]

    @property
    def owner(self) -> Session:
        """The session of the account that owns staging's views, triggers, routines and events."""
        return self.pool[slots.OWNER]

    @property
    def copiers(self) -> list[Session]:
        """The sessions that copy side by side."""
        return [self.pool[slot] for slot in slots.copiers(self.request)]

    @property
    def journal(self) -> Journal:
        """The sync's notes on the server."""
        return Journal(self.write, self.schemas)

    @property
    def masking_fingerprint(self) -> str:
        """The fingerprint of a copy that was masked as this run masks."""
        return self.request.masking.fingerprint() if self.request.masking else NOT_MASKED

    def projections(self, inventory: Inventory) -> list[Projection]:
        """What of each of production's tables goes into the copy."""
        return [Projection(table, self.request.masking) for table in inventory.tables.values()]

    def step(self, doing: str) -> None:
        """Name what is being done, for errors and for the user."""
        self.doing = doing
        self.monitor.say(doing)

    def reopen_copying(self) -> None:
        """Fresh sessions for whatever a copy is made with."""
        for slot in (slots.READ, slots.WRITE, slots.SNAPSHOT, slots.OWNER, *slots.copiers(self.request)):
            self.pool.reopen(slot)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """In it, a copy is made as fast as production does not feel it, where the pace says so."""
        if not self.throttle.is_on:
            yield
            return
        canary = Canary(self.pool[slots.CANARY], self.schemas.production)
        self.throttle.listen_to(canary)
        with canary.reading():
            yield
        if said := self.throttle.summary():
            self.monitor.say(said)


@contextmanager
def opened_run(endpoint: Endpoint, owner: Endpoint, request: SyncRequest, say: Say) -> Iterator[Run]:
    """A run with its sessions open, and every error of the server explained."""
    schemas = Schemas(request.production, request.staging)
    require_distinct(schemas)
    throttle = Throttle(request.pace.share, endpoint.processor)
    pool = slots.pool_of(endpoint, owner, request, schemas, throttle)
    guard = RoomGuard(endpoint.free_bytes)

    def require_alive() -> None:
        pool.require_lock()
        guard.require()

    run = Run(endpoint, request, schemas, pool, Monitor(say, request.time_limit_seconds, require_alive), throttle)
    try:
        pool.open_all(request.lock_wait_seconds)
        yield run
    except BaseException as error:
        pool.abort()
        translated = explain(error, run.doing, run.outcome) if isinstance(error, DatabaseError) else error
        if isinstance(translated, NoRoom):
            _drop_unfinished(endpoint, schemas)
        raise translated from (None if translated is not error else error.__cause__)
    else:
        pool.close()


def _drop_unfinished(endpoint: Endpoint, schemas: Schemas) -> None:
    """Give the room back that the unfinished copy takes; the server may be too full even for that."""
    with suppress(DatabaseError), closing(Session(endpoint)) as session:
        drop_tables(session, schemas.next, table_names(session, schemas.next))
