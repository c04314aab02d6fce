"""The swap: puts a finished copy in staging's place by a cut-over, recorded in the sync's journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cadrart_infra.mysql.cut_over import CutOver, InUse, Retries
from cadrart_infra.mysql.schema import table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.tables import drop_tables, rename_tables, table_moves
from cadrart_infra.staging_sync.errors import StagingInUse
from cadrart_infra.staging_sync.journal import Journal, Swap
from cadrart_infra.staging_sync.request import SyncRequest
from cadrart_infra.terminal import Say

NOT_SWAPPED = "still has its old copy, whole, and the new copy is kept for the next run"
_UNFINISHED = "has the new copy, but not all of its views, triggers and routines; the next run brings them"


def retries_of(request: SyncRequest, say: Say) -> Retries:
    """How long a step waits for staging's testers."""
    waiting = "staging is in use; trying again"
    return Retries(request.swap_wait_seconds, request.swap_retry_seconds, waiting, say)


def perform(session: Session, owner: Session, record: SwapRecord, retries: Retries) -> None:
    """Do the whole swap; raises StagingInUse with staging whole."""
    cut_over = CutOver(session, record.swap.change(record.staging), record, owner)
    explained_in_use(lambda: cut_over.perform(retries), record.staging, NOT_SWAPPED)
    explained_in_use(lambda: cut_over.finish(retries), record.staging, _UNFINISHED)


def recover(session: Session, owner: Session, record: SwapRecord, retries: Retries) -> bool:
    """After a crash: finish the swap when its tables have arrived, take it back otherwise; True when finished."""
    cut_over = CutOver(session, record.swap.change(record.staging), record, owner)
    finished = False

    def settle() -> None:
        nonlocal finished
        finished = cut_over.recover(retries)

    explained_in_use(settle, record.staging, "is whole, and the next run finishes the swap or takes it back")
    return finished


def explained_in_use(step: Callable[[], None], staging: str, otherwise: str) -> None:
    """Do the step; raises StagingInUse, with what is true of staging then, where its testers kept it waiting."""
    try:
        step()
    except InUse as error:
        raise StagingInUse(
            f"Staging {staging!r} was in use: {error.said}. Staging {otherwise}. Stop what uses staging and run again. "
            "Where no connection does, a transaction was left prepared: as root, XA RECOVER names it, and XA ROLLBACK "
            "ends it."
        ) from None


@dataclass(frozen=True)
class SwapRecord:
    """A swap as its cut-over writes it down; `require_lock` raises where another run has taken over."""

    swap: Swap
    journal: Journal
    require_lock: Callable[[], None]

    @property
    def staging(self) -> str:
        """The schema that gets other tables."""
        return self.journal.schemas.staging

    def begin(self) -> None:
        """See ChangeJournal."""
        self.require_lock()
        self.journal.begin_swap(self.swap)

    def clean_up(self) -> None:
        """Put the replaced copy where it stays, and note which copy lies where."""
        swap, journal, schemas = self.swap, self.journal, self.journal.schemas
        replaced = table_names(journal.session, swap.leave_to)
        if not swap.keep_outgoing:
            drop_tables(journal.session, swap.leave_to, replaced)
        elif swap.leave_to != schemas.previous:
            journal.begin_swap(replace(swap, arrived=True))
            rename_tables(journal.session, table_moves(swap.leave_to, schemas.previous, replaced))
        journal.set_generation(schemas.staging, swap.incoming)
        journal.set_generation(schemas.previous, swap.outgoing if swap.keep_outgoing else None)
        journal.set_generation(schemas.next, None)

    def end(self) -> None:
        """See ChangeJournal."""
        self.journal.end_swap()
