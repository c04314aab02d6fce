"""The whole sync, from the first check to the swap.

`run.py` opens its sessions and explains their errors, `new_copy.py` builds the copy, `exchange.py` puts it in
staging's place.
"""

from __future__ import annotations

from cadrart_infra.mysql.schema import table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.staging_sync.exchange import bring_previous_back, recover_interrupted, swap_in
from cadrart_infra.staging_sync.new_copy import NewCopy, build
from cadrart_infra.staging_sync.preconditions import require_server_settings, require_writable
from cadrart_infra.staging_sync.privileges import require_owner_confined, require_privileges
from cadrart_infra.staging_sync.request import SyncRequest, SyncResult
from cadrart_infra.staging_sync.run import Run, opened_run
from cadrart_infra.terminal import Say


def run_sync(endpoint: Endpoint, owner: Endpoint, request: SyncRequest, say: Say) -> SyncResult:
    """Make staging a verified copy of production; raises SyncError with staging whole in every case.

    `endpoint` is the sync's account, which may read production. `owner` is staging's own, which has no rights there:
    it will own staging's views, triggers, routines and events, so that none of them reaches production.
    """
    with opened_run(endpoint, owner, request, say) as run:
        _begin(run)
        with run.held_back():
            copy = build(run)
            swap_in(run, copy)
        return _result(run, copy)


def restore_previous(endpoint: Endpoint, owner: Endpoint, request: SyncRequest, say: Say) -> str:
    """Exchanges staging with its previous copy and returns that copy's snapshot time; a second run exchanges back."""
    with opened_run(endpoint, owner, request, say) as run:
        _begin(run)
        return bring_previous_back(run)


def _begin(run: Run) -> None:
    """Makes the checks that do not need production, then recovers what a crash left."""
    run.step("checking the server and the account")
    require_server_settings(run.read)
    require_writable(run.read)
    require_privileges(run.read, run.schemas)
    require_owner_confined(run.owner, run.schemas)
    recover_interrupted(run)


def _result(run: Run, copy: NewCopy) -> SyncResult:
    inventory, converged = copy.inventory, copy.converged
    return SyncResult(
        mode="full" if len(copy.in_full) == len(inventory.tables) else "incremental",
        tables=len(inventory.tables),
        rows=converged.rows,
        repaired=converged.repaired,
        copied_bytes=sum(table.bytes for table in copy.in_full),
        client_bytes=run.pool.client_bytes,
        masked_columns=sum(len(projection.masked_names) for projection in run.projections(inventory)),
        duration_seconds=round(run.monitor.seconds, 3),
        snapshot_time=converged.snapshot_time,
        previous_kept=bool(table_names(run.write, run.schemas.previous)),
    )
