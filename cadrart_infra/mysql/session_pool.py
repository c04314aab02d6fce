"""The sessions of one run, fenced by named locks, so that nothing of a run that was killed writes beside the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from cadrart_infra.mysql.errors import DatabaseError, LockTaken
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session, at_once

_COORDINATOR_IDLE_SECONDS = 300  # a client that vanished without a word loses the run's lock after this time


def _as_it_is(_slot: str, _session: Session) -> None:
    """A session is used as it is opened."""


class SessionPool:
    """The sessions of one run.

    Each session holds a named lock of its slot for as long as it lives, and a statement that goes on after its
    client was killed holds it until it ends. A new run takes every slot it uses, so nothing of an old run can
    write beside it; a holder that does not end by itself is killed. `locks` is what the locks' names begin with, at
    most 50 characters (servers allow 64): runs that share it exclude each other. `others`: slots of other accounts.
    `before_statement` holds the slots back that are not in `never_held_back` (see Session). `set_up` is called with
    the name of a slot and its session, each time that one is opened.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        locks: str,
        slots: Sequence[str],
        others: Mapping[str, Endpoint] | None = None,
        before_statement: Callable[[], None] = at_once,
        never_held_back: Sequence[str] = (),
        set_up: Callable[[str, Session], None] = _as_it_is,
    ) -> None:
        self._endpoint = endpoint
        self._others = others or {}
        self._prefix = locks
        self._slots = slots
        self._before_statement, self._never_held_back = before_statement, never_held_back
        self._set_up = set_up
        self._sessions: dict[str, Session] = {}

    def open_all(self, wait_seconds: int) -> None:
        """Take the run's lock, then one session for every slot; raises LockTaken where another run has it."""
        coordinator = Session(self._endpoint)
        self._sessions["run"] = coordinator
        coordinator.run(f"SET SESSION wait_timeout = {_COORDINATOR_IDLE_SECONDS}")
        lock = self._lock("run")
        if coordinator.value(f"SELECT GET_LOCK('{lock}', {wait_seconds})") != 1:
            holder = coordinator.value(f"SELECT IS_USED_LOCK('{lock}')")
            raise LockTaken(f"connection {holder} of the server has its lock")
        for slot in (*self._slots, *self._others):
            self._open(slot)

    def __getitem__(self, slot: str) -> Session:
        return self._sessions[slot]

    @property
    def client_bytes(self) -> int:
        """What went through all sessions so far, by length of statements and answers."""
        return sum(session.client_bytes for session in self._sessions.values())

    def reopen(self, slot: str) -> Session:
        """A fresh session for the slot, the old one's transaction and locks gone."""
        self._sessions[slot].abort()
        return self._open(slot)

    def _open(self, slot: str) -> Session:
        before_statement = at_once if slot in self._never_held_back else self._before_statement
        session = self._sessions[slot] = Session(self._others.get(slot, self._endpoint), before_statement)
        self._take_over(session, self._lock(slot))
        self._set_up(slot, session)
        return session

    def require_lock(self) -> None:
        """Raises LockTaken when the run's lock was lost, for instance with its connection."""
        coordinator = self._sessions["run"]
        if coordinator.value(f"SELECT IS_USED_LOCK('{self._lock('run')}')") != coordinator.id:
            raise LockTaken("this run lost its lock and stopped")

    def close(self) -> None:
        """Close every session, the run's lock last."""
        for session in reversed(list(self._sessions.values())):
            session.close()

    def abort(self) -> None:
        """Drop every connection at once and stop what still runs on the server for them."""
        running: dict[Endpoint, list[int]] = {}
        for slot, session in self._sessions.items():
            if slot != "run":
                running.setdefault(self._others.get(slot, self._endpoint), []).append(session.id)
            session.abort()
        for endpoint, ids in running.items():
            _kill(endpoint, ids)

    def _lock(self, slot: str) -> str:
        return f"{self._prefix}:{slot}"

    @staticmethod
    def _take_over(session: Session, lock: str) -> None:
        for _ in range(30):
            if session.value(f"SELECT GET_LOCK('{lock}', 1)") == 1:
                return
            holder = session.value(f"SELECT IS_USED_LOCK('{lock}')")
            if holder is not None:
                kill_connection(session, int(holder))
        raise LockTaken(f"a statement of an earlier run (connection {holder} of the server) does not end")


def kill_connection(session: Session, connection_id: int) -> None:
    """End another connection of the same account; it may be gone already."""
    try:
        session.run(f"KILL CONNECTION {connection_id}")
    except DatabaseError:
        time.sleep(0.1)


def _kill(endpoint: Endpoint, connection_ids: Sequence[int]) -> None:
    try:
        killer = Session(endpoint)
    except DatabaseError:
        return  # the server is gone or refuses: the next run fences what is left
    for connection_id in connection_ids:
        kill_connection(killer, connection_id)
    killer.close()
