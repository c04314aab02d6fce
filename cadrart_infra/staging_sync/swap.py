"""Putting a finished copy in staging's place, whole, and finishing or taking back what a crash interrupted.

All tables change places in one RENAME, which the server does entirely or not at all. Triggers cannot come along
(the server refuses to move their tables), so they are dropped before and made anew after it, like views and
routines that changed; what is to be there is noted in the journal first.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import LockWait, ObjectsRefused
from cadrart_infra.mysql.schema import table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_pool import SessionPool
from cadrart_infra.mysql.stored_objects import bring_objects, drop_objects, own_objects
from cadrart_infra.staging_sync.errors import StagingInUse
from cadrart_infra.staging_sync.journal import Journal, Swap
from cadrart_infra.staging_sync.plan import Progress, Schemas, SyncRequest

OWNER = "owner"
"""The pool's session of the account that owns staging's views, triggers, routines and events."""
NOT_SWAPPED = "still has its old copy, whole, and the new copy is kept for the next run"


def perform(
    pool: SessionPool, session: Session, journal: Journal, swap: Swap, request: SyncRequest, say: Progress
) -> None:
    """Do the whole swap; raises StagingInUse with staging whole."""
    session.run(f"SET SESSION lock_wait_timeout = {request.swap_wait_seconds}, foreign_key_checks = 1")

    def exchange() -> None:
        pool.require_lock()
        journal.begin_swap(swap)
        try:
            _drop_triggers(session, journal.schemas.staging)
            _rename(session, _moves(journal.schemas, swap))
        except LockWait:
            take_back(session, pool[OWNER], journal, swap)
            raise

    patiently(exchange, journal.schemas.staging, NOT_SWAPPED, request, say)
    missing = "has the new copy, but not all of its views, triggers and routines; the next run brings them"
    patiently(lambda: finish(session, pool[OWNER], journal, swap), journal.schemas.staging, missing, request, say)


def patiently(step: Callable[[], object], staging: str, otherwise: str, request: SyncRequest, say: Progress) -> None:
    """Do the step; while staging is in use, again and again until the patience is at its end."""
    give_up = time.monotonic() + request.swap_patience_seconds
    while True:
        with contextlib.suppress(LockWait):
            step()
            return
        if time.monotonic() > give_up:
            raise StagingInUse(
                f"Staging was in use for {request.swap_patience_seconds:.0f} s: an open transaction or a long "
                f"statement on {staging!r} kept the swap waiting. Staging {otherwise}. Stop what uses staging and "
                "run again."
            )
        say("staging is in use; trying again")


def _drop_triggers(session: Session, schema: str) -> None:
    drop_objects(session, schema, [item for item in own_objects(session, schema) if item.kind == "TRIGGER"])


def _moves(schemas: Schemas, swap: Swap) -> list[tuple[str, str, str]]:
    leave = [(schemas.staging, swap.leave_to, table) for table in swap.leaving]
    return leave + [(swap.arrive_from, schemas.staging, table) for table in swap.arriving]


def _rename(session: Session, moves: list[tuple[str, str, str]]) -> None:
    if moves:
        pairs = (f"{sql.table(old, table)} TO {sql.table(new, table)}" for old, new, table in moves)
        session.run("RENAME TABLE " + ", ".join(pairs))


def settle(session: Session, owner: Session, journal: Journal, swap: Swap, say: Progress) -> bool:
    """After a crash: finish the swap when its tables have arrived, take it back otherwise; True when finished.

    A view, trigger, … that cannot be made again is told and left out: what follows brings its own.
    """
    try:
        return _settle(session, owner, journal, swap)
    except ObjectsRefused as error:
        say(str(error))
        journal.end_swap()
        return False


def _settle(session: Session, owner: Session, journal: Journal, swap: Swap) -> bool:
    schemas = journal.schemas
    still_waiting = set(table_names(session, swap.arrive_from))
    if still_waiting.issuperset(swap.arriving):
        take_back(session, owner, journal, swap)
        return False
    _rename(session, [(swap.arrive_from, schemas.staging, table) for table in swap.arriving if table in still_waiting])
    finish(session, owner, journal, swap)
    return True


def take_back(session: Session, owner: Session, journal: Journal, swap: Swap) -> None:
    """The tables did not arrive: let staging be what it was before."""
    schemas = journal.schemas
    gone = set(table_names(session, swap.leave_to)) - set(table_names(session, schemas.staging))
    _rename(session, [(swap.leave_to, schemas.staging, table) for table in swap.leaving if table in gone])
    bring_objects(session, owner, schemas.staging, swap.outgoing.objects)
    journal.end_swap()


def finish(session: Session, owner: Session, journal: Journal, swap: Swap) -> None:
    """The tables have arrived: bring what belongs to them, and put the replaced copy where it stays."""
    schemas = journal.schemas
    bring_objects(session, owner, schemas.staging, swap.incoming.objects)
    replaced = table_names(session, swap.leave_to)
    if not swap.keep_outgoing:
        drop_tables(session, swap.leave_to, replaced)
    elif swap.leave_to != schemas.previous:
        _rename(session, [(swap.leave_to, schemas.previous, table) for table in replaced])
    journal.set_generation(schemas.staging, swap.incoming)
    journal.set_generation(schemas.previous, swap.outgoing if swap.keep_outgoing else None)
    journal.set_generation(schemas.next, None)
    journal.end_swap()


def drop_tables(session: Session, schema: str, tables: list[str]) -> None:
    """Drop them whatever refers to them within the schema."""
    if not tables:
        return
    session.run("SET SESSION foreign_key_checks = 0")
    try:
        session.run("DROP TABLE IF EXISTS " + ", ".join(sql.table(schema, table) for table in tables))
    finally:
        session.run("SET SESSION foreign_key_checks = 1")
