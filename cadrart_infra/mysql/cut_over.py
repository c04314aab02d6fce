"""The cut-over: a schema gets other tables in one instant, and whatever interrupts it can be finished or taken back.

All tables change places in one RENAME, which the server does entirely or not at all. Triggers cannot come along (the
server refuses to move their tables), so they are dropped before and created again after it, like views and routines
that differ; a view in the place of a table that arrives goes before it. What is to be there is written down first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import tenacity

from cadrart_infra.mysql.errors import LockWait, ObjectsRefused, Refused, Retryable
from cadrart_infra.mysql.foreign_keys import bring_keys_back
from cadrart_infra.mysql.object_definitions import StoredObject, read_objects
from cadrart_infra.mysql.schema import schema_defaults, table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.stored_objects import bring_objects, drop_objects, set_collation
from cadrart_infra.mysql.tables import rename_tables, table_moves
from cadrart_infra.terminal import Say


class InUse(Retryable):
    """Open transactions or long statements blocked a step until its retries were used up."""

    what = "The tables are in use"


@dataclass(frozen=True)
class Retries:
    """How often and how long a step that waits for locks is tried."""

    one_try_seconds: int
    """How long one try may hold up new statements on the tables."""
    give_up_after_seconds: float
    """No try begins later than this."""
    waiting: str
    """What `say` gets after each try in vain."""
    say: Say

    def run(self, sessions: Sequence[Session], step: Callable[[], object]) -> None:
        """Tries the step on these sessions until no lock stops it; raises InUse."""
        # The second is for a transaction that is prepared (XA) and has lost its session: MariaDB lets others have the
        # table's definition, but its rows stay locked, and a RENAME waits for those.
        waits = f"lock_wait_timeout = {self.one_try_seconds}, innodb_lock_wait_timeout = {self.one_try_seconds}"
        for each in sessions:
            each.run(f"SET SESSION {waits}, foreign_key_checks = 1")
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LockWait),
            stop=tenacity.stop_after_delay(self.give_up_after_seconds),
            before_sleep=lambda _: self.say(self.waiting),
            reraise=True,
        )
        try:
            retrying(step)
        except LockWait as error:
            raise InUse(
                f"an open transaction or a long statement kept others waiting for {self.give_up_after_seconds:.0f} s",
                number=error.number,
            ) from error


@dataclass(frozen=True)
class CutOverPlan:
    """What a cut-over changes.

    `leaving` tables of the schema `place` go to `leave_to`, `arriving` ones from `arrive_from` take their place.
    """

    place: str
    arrive_from: str
    leave_to: str
    arriving: tuple[str, ...]
    leaving: tuple[str, ...]
    incoming: tuple[StoredObject, ...]
    """The views, triggers, routines and events that `place` has afterwards."""
    outgoing: tuple[StoredObject, ...]
    """Those that it has now."""
    collation: str = ""
    """The schema's own default, which is another while a routine of an older one is made; empty where a journal of an
    earlier release does not know it."""
    new_collation: str = ""
    """The default that the schema gets; empty where it keeps its own."""
    arrived: bool = False
    """Whether it is noted that everything has arrived: `arrive_from` may have tables of the same names from then on."""

    @classmethod
    def parse(cls, content: dict[str, Any]) -> CutOverPlan:
        """From `dataclasses.asdict`, as JSON brings it back."""
        objects = {key: parse_objects(content[key]) for key in ("incoming", "outgoing")}
        names = {key: tuple(content[key]) for key in ("arriving", "leaving")}
        return cls(**{**content, **names, **objects})


def parse_objects(content: Sequence[dict[str, Any]]) -> tuple[StoredObject, ...]:
    """From `dataclasses.asdict` of each, as JSON brings them back."""
    return tuple(StoredObject(**item) for item in content)


class ChangeJournal(Protocol):
    """The journal of a change while it is under way; callers implement it."""

    def begin(self) -> None:
        """Called before the first step of a try; raises if the change must not begin any more."""

    def clean_up(self) -> None:
        """Called when everything has arrived, before `end`; again after a crash."""

    def end(self) -> None:
        """Called after the last step, or when everything is as it was before."""


@dataclass(frozen=True)
class CutOver:
    """A change and its journal, on one session.

    `owner`: a session of the account that gets the place's objects; None where each keeps its own (`bring_objects`).
    `keeps`: nothing of the place may be lost. What has left stays in `leave_to`, and objects that came after the plan
    was made, of a migration say, stay in the place.
    """

    session: Session
    change: CutOverPlan
    journal: ChangeJournal
    owner: Session | None = None
    keeps: bool = False

    def perform(self, retries: Retries) -> None:
        """Exchanges the tables; raises InUse or Refused with everything as it was.

        Where the way back fails as well, the journal keeps its note, and the next run takes the change back.
        """
        retries.run(self._sessions, self._try)

    def finish(self, retries: Retries) -> None:
        """After the tables have arrived: brings their objects. Repeatable; raises InUse or ObjectsRefused."""
        retries.run(self._sessions, self._bring)

    def recover(self, retries: Retries) -> bool:
        """Recovers after a crash: finishes if the tables have arrived, else takes the change back. True if finished.

        A view, trigger, … that the server does not accept again is named and left out.
        """
        arrived = self._arrived()
        try:
            retries.run(self._sessions, self._move_the_rest if arrived else self._take_back)
            if arrived:
                self.finish(retries)
        except ObjectsRefused as error:
            retries.say(error.explained("They are left out."))
            if arrived:
                retries.run(self._sessions, self.journal.clean_up)
            self.journal.end()
        return arrived

    @property
    def _sessions(self) -> list[Session]:
        return [self.session, self.owner] if self.owner else [self.session]

    def _try(self) -> None:
        change = self.change
        self.journal.begin()
        try:
            for schema in (change.place, change.arrive_from):
                drop_objects(self.session, schema, triggers(read_objects(self.session, schema)))
            drop_objects(self.session, change.place, self._views_in_the_way())
            rename_tables(self.session, [
                *table_moves(change.place, change.leave_to, change.leaving),
                *table_moves(change.arrive_from, change.place, change.arriving),
            ])  # fmt: skip
        except (Refused, LockWait):
            self._take_back()
            raise

    def _views_in_the_way(self) -> list[StoredObject]:
        """A view of the place that has the name of a table that arrives."""
        found = read_objects(self.session, self.change.place)
        return [item for item in found if item.kind == "VIEW" and item.name in self.change.arriving]

    def _arrived(self) -> bool:
        """What has arrived is not where it came from. Nor is it where somebody dropped that database before."""
        change = self.change
        if change.arrived:
            return True
        if set(table_names(self.session, change.arrive_from)).issuperset(change.arriving):
            return False
        if not self.keeps or schema_defaults(self.session, change.arrive_from):
            return True
        left = set(table_names(self.session, change.leave_to)).issuperset(change.leaving)
        return left and not set(change.arriving).isdisjoint(table_names(self.session, change.place))

    def _move_the_rest(self) -> None:
        """A server may have died between two tables."""
        change = self.change
        if change.arrived:
            return
        waiting = set(table_names(self.session, change.arrive_from))
        rest = [table for table in change.arriving if table in waiting]
        rename_tables(self.session, table_moves(change.arrive_from, change.place, rest))

    def _take_back(self) -> None:
        """The tables did not arrive: let the place be what it was before."""
        change = self.change
        gone = set(table_names(self.session, change.leave_to)) - set(table_names(self.session, change.place))
        back = [table for table in change.leaving if table in gone]
        rename_tables(self.session, table_moves(change.leave_to, change.place, back))
        self._bring_objects(change.outgoing, change.collation)
        self.journal.end()

    def _bring(self) -> None:
        bring_keys_back(self.session, self.change.place, self.change.leave_to)
        self._bring_objects(self.change.incoming, self.change.new_collation or self.change.collation)
        self.journal.clean_up()
        self.journal.end()

    def _bring_objects(self, wanted: tuple[StoredObject, ...], collation: str) -> None:
        if collation:
            set_collation(self.session, self.change.place, collation)
        bring_objects(self.session, self.owner, self.change.place, (*wanted, *self._came_later()))

    def _came_later(self) -> list[StoredObject]:
        """Objects of the place that are to stay though the plan does not know them."""
        if not self.keeps:
            return []
        known = {(item.kind, item.name) for item in (*self.change.incoming, *self.change.outgoing)}
        found = read_objects(self.session, self.change.place)
        return [item for item in found if (item.kind, item.name) not in known]


def triggers(items: Sequence[StoredObject]) -> list[StoredObject]:
    """The triggers among stored objects."""
    return [item for item in items if item.kind == "TRIGGER"]
