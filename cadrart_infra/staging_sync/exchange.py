"""Exchanges staging with another copy: the new one, the previous one, or that of an interrupted swap."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cadrart_infra.mysql.cut_over import Retries
from cadrart_infra.mysql.foreign_keys import keys_into
from cadrart_infra.mysql.schema import schema_defaults, table_names
from cadrart_infra.mysql.stored_objects import drop_all_objects, own_objects
from cadrart_infra.mysql.tables import drop_tables
from cadrart_infra.staging_sync.errors import UNTOUCHED, WHOLE, NoPreviousCopy
from cadrart_infra.staging_sync.journal import Generation, Swap
from cadrart_infra.staging_sync.new_copy import NewCopy
from cadrart_infra.staging_sync.preconditions import require_unreferenced
from cadrart_infra.staging_sync.preparation import ensure_schema
from cadrart_infra.staging_sync.run import Run
from cadrart_infra.staging_sync.swap import NOT_SWAPPED, SwapRecord, explained_in_use, perform, recover, retries_of


def swap_in(run: Run, copy: NewCopy) -> None:
    """Puts the new copy in staging's place; keeps the replaced one if the request and its masking allow it."""
    schemas, write = run.schemas, run.write
    run.step("swapping the new copy in")
    run.outcome = WHOLE
    drop_tables(write, schemas.previous, table_names(write, schemas.previous))
    like_production = partial(ensure_schema, write, schemas.staging, schemas.production, copy.inventory)
    explained_in_use(lambda: _retries(run).run([write], like_production), schemas.staging, NOT_SWAPPED)
    objects = copy.inventory.objects_for(schemas.staging)
    outgoing = _staging_generation(run)
    keep = run.request.keep_previous and outgoing.masking == run.masking_fingerprint
    _perform(run, Swap(
        schemas.next, schemas.previous, copy.inventory.relations, tuple(table_names(write, schemas.staging)),
        Generation(run.masking_fingerprint, copy.converged.snapshot_time, objects), outgoing, keep,
        _staging_collation(run),
    ))  # fmt: skip


def bring_previous_back(run: Run) -> str:
    """Exchanges staging with its previous copy; returns that copy's snapshot time."""
    journal, schemas, write = run.journal, run.schemas, run.write
    arriving = table_names(write, schemas.previous)
    if not arriving or not journal.exists():
        raise NoPreviousCopy(
            f"There is no previous copy of {schemas.staging!r} to bring back. {UNTOUCHED} A copy is kept when a "
            "sync runs with keepPrevious on; it stays until the next sync begins."
        )
    incoming = journal.generation(schemas.previous) or Generation()
    if run.request.masking is not None and incoming.masking != run.masking_fingerprint:
        raise NoPreviousCopy(
            f"The previous copy of {schemas.staging!r} was masked otherwise than sync.masking says now, and may hold "
            f"what that hides. {UNTOUCHED} Take sync.restorePrevious back, and ask for a new copy (sync.request)."
        )
    require_unreferenced(schemas, keys_into(run.read, schemas.owned))
    run.step("bringing the previous copy back")
    run.outcome = WHOLE
    drop_tables(write, schemas.next, table_names(write, schemas.next))
    ensure_schema(write, schemas.next, schemas.production)
    drop_all_objects(write, schemas.next)
    _perform(run, Swap(
        schemas.previous, schemas.next, tuple(arriving), tuple(table_names(write, schemas.staging)),
        incoming, _staging_generation(run), keep_outgoing=True, collation=_staging_collation(run),
    ))  # fmt: skip
    return incoming.snapshot_time


def recover_interrupted(run: Run) -> None:
    """Finishes or takes back a swap that a crash interrupted."""
    journal = run.journal
    if not journal.exists():
        return
    journal.create()
    swap = journal.pending_swap()
    if swap is not None:
        run.step("recovering from a sync that was interrupted while it swapped")
        run.outcome = WHOLE
        ensure_schema(run.write, run.schemas.staging, run.schemas.production)  # somebody may have dropped it since
        finished = recover(run.write, run.owner, _record(run, swap), _retries(run))
        run.monitor.say("the interrupted swap was " + ("finished" if finished else "taken back"))
        run.outcome = UNTOUCHED


def _staging_generation(run: Run) -> Generation:
    """What staging holds now, its objects read from the server."""
    known = run.journal.generation(run.schemas.staging) or Generation()
    return replace(known, objects=own_objects(run.write, run.schemas.staging))


def _staging_collation(run: Run) -> str:
    _, collation = schema_defaults(run.write, run.schemas.staging) or ("", "")
    return collation


def _perform(run: Run, swap: Swap) -> None:
    perform(run.write, run.owner, _record(run, swap), _retries(run))


def _record(run: Run, swap: Swap) -> SwapRecord:
    return SwapRecord(swap, run.journal, run.pool.require_lock)


def _retries(run: Run) -> Retries:
    return retries_of(run.request, run.monitor.say)
