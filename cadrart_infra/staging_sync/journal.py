"""The sync's journal on the server: which copy is in which schema, and a swap under way.

They live in a schema of the sync's own, so that a run that follows a crash on another machine finds them.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.cut_over import CutOverPlan, parse_objects
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.journal import Journal as Notes
from cadrart_infra.mysql.object_definitions import StoredObject
from cadrart_infra.mysql.schema import encryption_clause, schema_exists, table_names
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session, connect
from cadrart_infra.naming import COPIES_NOTES, OWN_NOTES
from cadrart_infra.staging_sync.errors import UNTOUCHED, explain
from cadrart_infra.staging_sync.schemas import Schemas

NOT_MASKED = "not masked"


@dataclass(frozen=True)
class Generation:
    """A copy: its masking, its snapshot time, and its views, triggers, routines and events."""

    masking: str = NOT_MASKED
    snapshot_time: str = ""
    objects: tuple[StoredObject, ...] = ()

    @property
    def is_masked(self) -> bool:
        """Whether any rules were applied to it."""
        return self.masking != NOT_MASKED

    @classmethod
    def parse(cls, content: dict[str, Any]) -> Generation:
        """From `dataclasses.asdict`, as JSON brings it back."""
        return cls(content["masking"], content["snapshot_time"], parse_objects(content["objects"]))


@dataclass(frozen=True)
class Swap:
    """A change of staging's tables, written down before it starts so that anyone can finish it or take it back.

    Tables of staging leave for schema `leave_to`; tables of schema `arrive_from` take their place. `collation` is
    staging's own default. `arrived`: see `CutOverPlan`.
    """

    arrive_from: str
    leave_to: str
    arriving: tuple[str, ...]
    leaving: tuple[str, ...]
    incoming: Generation
    outgoing: Generation
    keep_outgoing: bool
    collation: str = ""
    arrived: bool = False

    @classmethod
    def parse(cls, content: dict[str, Any]) -> Swap:
        """From `dataclasses.asdict`, as JSON brings it back."""
        names = {key: tuple(content[key]) for key in ("arriving", "leaving")}
        copies = {key: Generation.parse(content[key]) for key in ("incoming", "outgoing")}
        return cls(**{**content, **names, **copies})

    def change(self, staging: str) -> CutOverPlan:
        """What the cut-over does of it."""
        return CutOverPlan(
            staging,
            self.arrive_from,
            self.leave_to,
            self.arriving,
            self.leaving,
            self.incoming.objects,
            self.outgoing.objects,
            self.collation,
            arrived=self.arrived,
        )


@dataclass(frozen=True)
class Journal:
    """Reads and writes the notes."""

    session: Session
    schemas: Schemas

    def exists(self) -> bool:
        """True once any sync has written."""
        return schema_exists(self.session, self.schemas.work)

    def create(self) -> None:
        """Create the schema and its tables unless they are there."""
        if not self.exists():
            options = f"CHARACTER SET utf8mb4{encryption_clause(self.session, self.schemas.production)}"
            self.session.run(f"CREATE DATABASE IF NOT EXISTS {sql.name(self.schemas.work)} {options}")
        for notes in (self._generations, self._swaps, self._own):
            notes.create()

    def knows_staging(self) -> bool:
        """Whether a sync made staging's database, or the accounts' update marked it as the program's."""
        if not self.exists():
            return False
        staging = self.schemas.staging
        return any(notes.read(staging, dict) is not None for notes in (self._generations, self._own))

    def generation(self, place: str) -> Generation | None:
        """What is known of the copy in schema `place`."""
        return self._generations.read(place, Generation.parse)

    def set_generation(self, place: str, generation: Generation | None) -> None:
        """Note or, with None, forget it."""
        if generation is None:
            self._generations.forget(place)
        else:
            self._generations.write(place, asdict(generation))

    def pending_swap(self) -> Swap | None:
        """The swap that was begun and not finished."""
        return self._swaps.read(self.schemas.staging, Swap.parse)

    def begin_swap(self, swap: Swap) -> None:
        """Note it before the first change."""
        self._swaps.write(self.schemas.staging, asdict(swap))

    def end_swap(self) -> None:
        """Forget it after the last change."""
        self._swaps.forget(self.schemas.staging)

    @property
    def _generations(self) -> Notes:
        return Notes(self.session, self.schemas.work, COPIES_NOTES)

    @property
    def _own(self) -> Notes:
        return Notes(self.session, self.schemas.work, OWN_NOTES)

    @property
    def _swaps(self) -> Notes:
        return Notes(self.session, self.schemas.work, "swap")


def read_copy(endpoint: Endpoint, schemas: Schemas) -> Generation | None:
    """Staging's copy by the journal; None if no sync has made it, or its tables are gone.

    `endpoint` is the sync's account. Raises SyncError.
    """
    try:
        with closing(connect(endpoint)) as session:
            journal = Journal(session, schemas)
            if not journal.exists() or not table_names(session, schemas.staging):
                return None
            journal.create()
            # A swap that was cut off leaves either copy, or some tables of both: the next sync ends or takes it back.
            return None if journal.pending_swap() else journal.generation(schemas.staging)
    except DatabaseError as error:
        raise explain(error, "looking for staging's copy", UNTOUCHED) from error
