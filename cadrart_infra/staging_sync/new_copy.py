"""Builds a verified copy of production in the schema `next`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cadrart_infra.mysql.disk_space import require_room
from cadrart_infra.mysql.error_numbers import is_rebuilt
from cadrart_infra.mysql.errors import AccessDenied, AccountLocked, DatabaseError, NoRoom, Retryable
from cadrart_infra.mysql.json_documents import with_shapes
from cadrart_infra.mysql.schema import Inventory, read_inventory, table_names
from cadrart_infra.mysql.table_definitions import Table
from cadrart_infra.mysql.tables import drop_tables
from cadrart_infra.staging_sync import slots
from cadrart_infra.staging_sync.bulk_copy import fill_tables
from cadrart_infra.staging_sync.converge import Converged, converge
from cadrart_infra.staging_sync.copy_tools import CopyTools
from cadrart_infra.staging_sync.errors import (
    UNTOUCHED,
    ProductionChanged,
    SyncError,
    TimeLimitExceeded,
    UnmaskedColumns,
)
from cadrart_infra.staging_sync.masking.database import require_maskable, require_masked
from cadrart_infra.staging_sync.masking.foreign_keys import require_joined_masks
from cadrart_infra.staging_sync.preconditions import read_production, require_carriable, require_own_staging
from cadrart_infra.staging_sync.preparation import finish_tables, prepare
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.repair import RepairProcedures
from cadrart_infra.staging_sync.run import Run
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.without_snapshot import copy_whole

_ATTEMPTS = 3
_OTHERWISE = (Retryable, AccessDenied, AccountLocked, NoRoom, TimeLimitExceeded)
"""What no change of production's definitions brings about."""


@dataclass(frozen=True)
class NewCopy:
    """A verified copy in the schema `next`; `in_full`: its tables of which no older copy was kept."""

    inventory: Inventory
    converged: Converged
    in_full: Sequence[Table]


def build(run: Run) -> NewCopy:
    """Build; where production is altered meanwhile, start over with what is already copied."""
    for _ in range(_ATTEMPTS):
        attempt = _Attempt(run)
        try:
            return attempt.build()
        except Exception as error:  # of a table that is another one now also a value of a type that nobody expects
            if not attempt.comes_of_a_change(error):
                raise
        run.monitor.say("production's tables were altered meanwhile")
        run.reopen_copying()
    raise _changing(run.schemas)


def _changing(schemas: Schemas) -> SyncError:
    return ProductionChanged(
        f"The tables of {schemas.production!r} were altered while they were copied, {_ATTEMPTS} times in a row. "
        f"{UNTOUCHED} Let the migration end and run again."
    )


@dataclass
class _Attempt:
    """One attempt; `fingerprint` is of production's definitions as it began with, empty until they are read."""

    run: Run
    fingerprint: str = ""

    def build(self) -> NewCopy:
        run, read = self.run, self.run.read
        run.step("reading production's definitions")
        inventory = read_production(read, run.schemas)
        self.fingerprint = inventory.fingerprint()
        require_carriable(read, inventory, run.schemas)
        if run.request.masking is not None:
            require_maskable(read, inventory, run.request.masking)
        require_own_staging(run.write, run.journal, run.request.take_over)
        run.step("preparing the new copy's tables")
        empty = prepare(run.write, run.owner, run.journal, inventory, run.masking_fingerprint)
        in_full = [inventory.tables[name] for name in empty]
        _require_room(run, in_full)
        converged = _copy(run, inventory, in_full)
        after = read_inventory(read, run.schemas.production)
        if after.fingerprint() != self.fingerprint:
            raise _changing(run.schemas)
        _require_masked(run, after)
        finish_tables(run.write, run.schemas, after)
        return NewCopy(after, converged, in_full)

    def comes_of_a_change(self, error: Exception) -> bool:
        """Whether production's definitions are others than those that were read, or a table was away for a moment."""
        if isinstance(error, ProductionChanged):
            return True
        if isinstance(error, _OTHERWISE) or not self.fingerprint:
            return False
        if isinstance(error, DatabaseError) and is_rebuilt(error):
            return True
        try:
            now = read_inventory(self.run.pool.reopen(slots.READ), self.run.schemas.production)
        except DatabaseError:
            return False
        return now.fingerprint() != self.fingerprint


def _require_room(run: Run, in_full: Sequence[Table]) -> None:
    free = run.endpoint.free_bytes() if in_full else None
    if free is not None:
        size = sum(table.file_bytes for table in in_full)
        require_room(run.read, free, f"copying {len(in_full)} tables", size)


def _copy(run: Run, inventory: Inventory, in_full: Sequence[Table]) -> Converged:
    """Fill what is empty and bring everything to one snapshot, but what knows none."""
    tools, empty = _tools(run), {table.name for table in in_full}
    projections = _compared(run, inventory, empty)
    in_snapshots = [each for each in projections if each.table.has_snapshots]
    others = [each for each in projections if not each.table.has_snapshots]
    run.step(f"copying {len(empty)} tables in full, {len(projections) - len(empty)} from an older copy")
    fill_tables(tools, [each for each in in_snapshots if each.table.name in empty])
    run.step("verifying the copy against one snapshot of production")
    converged = converge(tools, in_snapshots)
    if others:
        names = ", ".join(f"{each.table.name} ({each.table.engine})" for each in others)
        run.step(f"copying what knows no snapshot, each table as it is now: {names}")
        converged = replace(converged, rows=converged.rows + copy_whole(tools, others))
    return converged


def _compared(run: Run, inventory: Inventory, empty: Collection[str]) -> list[Projection]:
    """What goes into the copy; types within documents are compared of what an earlier run has copied."""
    return [
        replace(each, compares_types=False)
        if each.table.name in empty
        else replace(each, table=with_shapes(run.read, run.schemas.production, each.table))
        for each in run.projections(inventory)
    ]


def _tools(run: Run) -> CopyTools:
    procedures = RepairProcedures(run.write, run.schemas)
    snapshot, pace = run.pool[slots.SNAPSHOT], run.request.pace
    return CopyTools(run.schemas, snapshot, run.copiers, procedures, run.monitor, pace, run.throttle)


def _require_masked(run: Run, inventory: Inventory) -> None:
    """The finished copy is looked at as production was; what must not be in it is not left lying there."""
    if run.request.masking is None:
        return
    run.step("looking once more at what the masked copy holds")
    schema = run.schemas.next
    try:
        require_masked(run.read, inventory, schema, run.request.masking)
    except UnmaskedColumns:
        drop_tables(run.write, schema, table_names(run.write, schema))
        raise
    # A row that was written since the first look may have other letters than the one that it refers to.
    require_joined_masks(run.read, inventory, run.request.masking)
