"""The whole sync, from the first check to the swap."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from cadrart_infra.mysql.cut_over import Retries
from cadrart_infra.mysql.disk_space import RoomGuard, require_room
from cadrart_infra.mysql.errors import AccessDenied, AccountShut, DatabaseError, Retryable, is_rebuilt
from cadrart_infra.mysql.errors import NoRoom as DiskFull
from cadrart_infra.mysql.schema import Inventory, read_inventory, schema_defaults, table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_pool import SessionPool
from cadrart_infra.mysql.session_settings import READ_ONLY
from cadrart_infra.mysql.stored_objects import own_objects
from cadrart_infra.mysql.table_definitions import Table
from cadrart_infra.mysql.tables import drop_tables
from cadrart_infra.staging_sync.bulk_copy import fill
from cadrart_infra.staging_sync.canary import Canary
from cadrart_infra.staging_sync.converge import Converged, converge
from cadrart_infra.staging_sync.copy_tools import CopyTools
from cadrart_infra.staging_sync.errors import (
    UNTOUCHED,
    WHOLE,
    NoPreviousCopy,
    NoRoom,
    ProductionChanged,
    SyncError,
    TimeLimitExceeded,
    UnmaskedColumns,
    explain,
)
from cadrart_infra.staging_sync.journal import NOT_MASKED, Generation, Journal, Swap
from cadrart_infra.staging_sync.masking.database import let_mask, require_maskable, require_masked
from cadrart_infra.staging_sync.plan import Schemas, SyncRequest, SyncResult
from cadrart_infra.staging_sync.preparation import ensure_schema, finish_tables, prepare
from cadrart_infra.staging_sync.privileges import require_owner_confined, require_privileges
from cadrart_infra.staging_sync.progress import Monitor
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.refusals import (
    read_production,
    require_carriable,
    require_distinct,
    require_own_staging,
    require_server_settings,
    require_writable,
)
from cadrart_infra.staging_sync.repair import RepairProcedures
from cadrart_infra.staging_sync.swap import (
    NOT_SWAPPED,
    OWNER,
    SwapRecord,
    explained_in_use,
    perform,
    recover,
    retries_of,
)
from cadrart_infra.staging_sync.throttle import Throttle
from cadrart_infra.staging_sync.without_snapshot import copy_whole
from cadrart_infra.terminal import Say

_ATTEMPTS = 3
_CANARY, _COPIER = "canary", "copy"
_ALTERED = "production's tables were altered meanwhile"
_OTHERWISE = (Retryable, AccessDenied, AccountShut, DiskFull, TimeLimitExceeded)
"""What no change of production's definitions brings about."""


def run_sync(endpoint: Endpoint, owner: Endpoint, request: SyncRequest, say: Say) -> SyncResult:
    """Make staging a verified copy of production; raises SyncError with staging whole in every case.

    `endpoint` is the sync's account, which may read production. `owner` is staging's own, which has no rights there:
    it will own staging's views, triggers, routines and events, so that none of them reaches production.
    """
    with _run(endpoint, owner, request, say) as run:
        return run.sync()


def restore_previous(endpoint: Endpoint, owner: Endpoint, request: SyncRequest, say: Say) -> str:
    """Exchange staging with the copy it had before; returns that copy's snapshot time. Again exchanges back."""
    with _run(endpoint, owner, request, say) as run:
        return run.restore()


@contextmanager
def _run(endpoint: Endpoint, owner: Endpoint, request: SyncRequest, say: Say) -> Iterator[_Run]:
    """A run with its sessions open, and every error of the server explained."""
    schemas = Schemas(request.production, request.staging)
    require_distinct(schemas)
    copiers = [f"{_COPIER}{number}" for number in range(request.pace.workers)]
    slots = ["read", "write", "snapshot", *copiers, *([] if request.pace.share is None else [_CANARY])]
    throttle = Throttle(request.pace.share, endpoint.processor)
    set_up = partial(_set_up, request, throttle)
    pool = SessionPool(endpoint, schemas.locks, slots, {OWNER: owner}, throttle.pause, [_CANARY], set_up)
    guard = RoomGuard(endpoint.free_bytes)

    def require_alive() -> None:
        pool.require_lock()
        guard.require()

    monitor = Monitor(say, request.time_limit_seconds, require_alive)
    run = _Run(endpoint, request, schemas, pool, copiers, monitor, throttle)
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


@dataclass
class _Run:
    endpoint: Endpoint
    request: SyncRequest
    schemas: Schemas
    pool: SessionPool
    copier_slots: list[str]
    monitor: Monitor
    throttle: Throttle
    doing: str = "connecting"
    outcome: str = UNTOUCHED
    copied: list[Table] = field(default_factory=list)
    repaired_tables: int = 0
    fingerprint: str = ""

    @property
    def write(self) -> Session:
        """The session for everything that changes definitions."""
        return self.pool["write"]

    def step(self, doing: str) -> None:
        """Name what is being done, for errors and for the user."""
        self.doing = doing
        self.monitor.say(doing)

    def sync(self) -> SyncResult:
        """See run_sync."""
        self._recover()
        with self._held_back():
            inventory, converged = self._build_with_retries()
            self._swap_in(inventory, converged)
        return self._result(inventory, converged)

    @contextmanager
    def _held_back(self) -> Iterator[None]:
        """The copy is made as fast as production does not feel it, where the pace says so."""
        if not self.throttle.is_on:
            yield
            return
        canary = Canary(self.pool[_CANARY], self.schemas.production)
        self.throttle.listen_to(canary)
        with canary.reading():
            yield
        if said := self.throttle.summary():
            self.monitor.say(said)

    def _build_with_retries(self) -> tuple[Inventory, Converged]:
        """Build; where production is altered meanwhile, start over with what is already copied."""
        for _ in range(_ATTEMPTS):
            try:
                return self._build()
            except ProductionChanged:
                self.monitor.say(_ALTERED)
            except Exception as error:  # of a table that is another one now also a value of a type that nobody expects
                if not self._comes_of_a_change(error):
                    raise
                self.monitor.say(_ALTERED)
            for slot in ("read", "write", "snapshot", OWNER, *self.copier_slots):
                self.pool.reopen(slot)
        raise _changing(self.schemas)

    def _comes_of_a_change(self, error: Exception) -> bool:
        """Whether production's definitions are others than those that were read, or a table was away for a moment."""
        if isinstance(error, _OTHERWISE) or not self.fingerprint:
            return False
        if isinstance(error, DatabaseError) and is_rebuilt(error):
            return True
        try:
            now = read_inventory(self.pool.reopen("read"), self.schemas.production)
        except DatabaseError:
            return False
        return now.fingerprint() != self.fingerprint

    def restore(self) -> str:
        """See restore_previous."""
        self._recover()
        journal, schemas = Journal(self.write, self.schemas), self.schemas
        arriving = table_names(self.write, schemas.previous)
        if not arriving or not journal.exists():
            raise NoPreviousCopy(
                f"There is no previous copy of {schemas.staging!r} to bring back. {UNTOUCHED} A copy is kept when a "
                "sync runs with keepPrevious on; it stays until the next sync begins."
            )
        self.step("bringing the previous copy back")
        self.outcome = WHOLE
        drop_tables(self.write, schemas.next, table_names(self.write, schemas.next))
        ensure_schema(self.write, schemas.next, schemas.production)
        incoming = journal.generation(schemas.previous) or Generation()
        self._perform(Swap(
            schemas.previous, schemas.next, tuple(arriving), tuple(table_names(self.write, schemas.staging)),
            incoming, self._staging_generation(), keep_outgoing=True, collation=self._staging_collation(),
        ))  # fmt: skip
        return incoming.snapshot_time

    def _recover(self) -> None:
        """Checks that need nothing of production, then finish or take back what a crash interrupted."""
        self.step("checking the server and the account")
        require_server_settings(self.pool["read"])
        require_writable(self.pool["read"])
        require_privileges(self.pool["read"], self.schemas)
        require_owner_confined(self.pool[OWNER], self.schemas)
        journal = Journal(self.write, self.schemas)
        if not journal.exists():
            return
        journal.create()
        swap = journal.pending_swap()
        if swap is not None:
            self.step("recovering from a sync that was interrupted while it swapped")
            self.outcome = WHOLE
            finished = recover(self.write, self.pool[OWNER], self._record(swap), self._retries)
            self.monitor.say("the interrupted swap was " + ("finished" if finished else "taken back"))
            self.outcome = UNTOUCHED

    def _build(self) -> tuple[Inventory, Converged]:
        """One attempt at a verified copy in the schema `next`."""
        read = self.pool["read"]
        self.fingerprint = ""
        self.step("reading production's definitions")
        inventory = read_production(read, self.schemas)
        self.fingerprint = inventory.fingerprint()
        require_carriable(read, inventory, self.schemas)
        if self.request.masking is not None:
            require_maskable(read, inventory, self.request.masking)
        journal = Journal(self.write, self.schemas)
        require_own_staging(self.write, journal, self.request.take_over)
        self.step("preparing the new copy's tables")
        empty = prepare(self.write, self.pool[OWNER], journal, inventory, self._masking_fingerprint())
        self.copied = [inventory.tables[name] for name in empty]
        self.repaired_tables = len(inventory.tables) - len(empty)
        self._require_room()
        converged = self._copy(inventory, {table.name for table in self.copied})
        after = read_inventory(read, self.schemas.production)
        if after.fingerprint() != self.fingerprint:
            raise _changing(self.schemas)
        self._require_masked(after)
        finish_tables(self.write, self.schemas, after)
        return after, converged

    def _copy(self, inventory: Inventory, empty: Collection[str]) -> Converged:
        """Fill what is empty and bring everything to one snapshot, but what knows none."""
        tools = self._tools()
        projections = [Projection(table, self.request.masking) for table in inventory.tables.values()]
        in_snapshots = [each for each in projections if each.table.has_snapshots]
        others = [each for each in projections if not each.table.has_snapshots]
        self.step(f"copying {len(empty)} tables in full, {len(projections) - len(empty)} from an older copy")
        fill(tools, [each for each in in_snapshots if each.table.name in empty])
        self.step("verifying the copy against one snapshot of production")
        converged = converge(tools, in_snapshots)
        if others:
            names = ", ".join(f"{each.table.name} ({each.table.engine})" for each in others)
            self.step(f"copying what knows no snapshot, each table as it is now: {names}")
            converged = replace(converged, rows=converged.rows + copy_whole(tools, others))
        return converged

    def _require_masked(self, inventory: Inventory) -> None:
        """The finished copy is looked at as production was; what must not be in it is not left lying there."""
        if self.request.masking is None:
            return
        self.step("looking once more at what the masked copy holds")
        schema = self.schemas.next
        try:
            require_masked(self.pool["read"], inventory, schema, self.request.masking)
        except UnmaskedColumns:
            drop_tables(self.write, schema, table_names(self.write, schema))
            raise

    def _require_room(self) -> None:
        free = self.endpoint.free_bytes() if self.copied else None
        if free is not None:
            size = sum(table.file_bytes for table in self.copied)
            require_room(self.pool["read"], free, f"copying {len(self.copied)} tables", size)

    def _tools(self) -> CopyTools:
        copiers = [self.pool[slot] for slot in self.copier_slots]
        procedures = RepairProcedures(self.write, self.schemas)
        pace = self.request.pace
        return CopyTools(self.schemas, self.pool["snapshot"], copiers, procedures, self.monitor, pace, self.throttle)

    def _masking_fingerprint(self) -> str:
        return self.request.masking.fingerprint() if self.request.masking else NOT_MASKED

    def _staging_generation(self) -> Generation:
        """What staging holds now, its objects read from the server."""
        journal = Journal(self.write, self.schemas)
        known = journal.generation(self.schemas.staging) or Generation()
        return replace(known, objects=own_objects(self.write, self.schemas.staging))

    def _staging_collation(self) -> str:
        _, collation = schema_defaults(self.write, self.schemas.staging) or ("", "")
        return collation

    def _swap_in(self, inventory: Inventory, converged: Converged) -> None:
        schemas, write = self.schemas, self.write
        self.step("swapping the new copy in")
        self.outcome = WHOLE
        drop_tables(write, schemas.previous, table_names(write, schemas.previous))
        like_production = partial(ensure_schema, write, schemas.staging, schemas.production, inventory)
        explained_in_use(lambda: self._retries.run([write], like_production), schemas.staging, NOT_SWAPPED)
        objects = inventory.objects_for(schemas.staging)
        outgoing = self._staging_generation()
        keep = self.request.keep_previous and outgoing.masking == self._masking_fingerprint()
        self._perform(Swap(
            schemas.next, schemas.previous, inventory.relations, tuple(table_names(write, schemas.staging)),
            Generation(self._masking_fingerprint(), converged.snapshot_time, objects), outgoing, keep,
            self._staging_collation(),
        ))  # fmt: skip

    def _perform(self, swap: Swap) -> None:
        perform(self.write, self.pool[OWNER], self._record(swap), self._retries)

    def _record(self, swap: Swap) -> SwapRecord:
        return SwapRecord(swap, Journal(self.write, self.schemas), self.pool.require_lock)

    @property
    def _retries(self) -> Retries:
        return retries_of(self.request, self.monitor.say)

    def _result(self, inventory: Inventory, converged: Converged) -> SyncResult:
        projections = [Projection(table, self.request.masking) for table in inventory.tables.values()]
        return SyncResult(
            mode="incremental" if self.repaired_tables else "full",
            tables=len(inventory.tables),
            rows=converged.rows,
            repaired=converged.repaired,
            copied_bytes=sum(table.bytes for table in self.copied),
            client_bytes=self.pool.client_bytes,
            masked_columns=sum(len(projection.masked_names) for projection in projections),
            duration_seconds=round(self.monitor.seconds, 3),
            snapshot_time=converged.snapshot_time,
            previous_kept=bool(table_names(self.write, self.schemas.previous)),
        )


def _set_up(request: SyncRequest, throttle: Throttle, slot: str, session: Session) -> None:
    """What the slot's session may do, and how it reads."""
    copies = slot == "snapshot" or slot.startswith(_COPIER)
    if slot == "read":
        session.run(READ_ONLY)
    if slot == "snapshot":
        session.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    if copies:
        # Without these checks MariaDB fills an empty table in bulk: quicker, with more of the processor in one go.
        checks = f"foreign_key_checks = 0, unique_checks = {int(throttle.has_a_limit)}"
        session.run(f"SET SESSION {checks}, sql_mode = '{session.lax_sql_mode}'")
    if copies or slot == "write":
        session.accept_old_tables()
    if request.masking is not None and (copies or slot == "read"):
        let_mask(session, request.masking)


def _changing(schemas: Schemas) -> SyncError:
    return ProductionChanged(
        f"The tables of {schemas.production!r} were altered while they were copied, {_ATTEMPTS} times in a row. "
        f"{UNTOUCHED} Let the migration end and run again."
    )


def _drop_unfinished(endpoint: Endpoint, schemas: Schemas) -> None:
    """Give the room back that the unfinished copy takes; the server may be too full even for that."""
    with suppress(DatabaseError), closing(Session(endpoint)) as session:
        drop_tables(session, schemas.next, table_names(session, schemas.next))
