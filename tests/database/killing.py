"""Syncs that end at a chosen statement, in a process of their own or with their server."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

from pymysql.connections import Connection

from cadrart_infra.staging_sync.pace import GENTLE as _GENTLE
from cadrart_infra.staging_sync.sync import run_sync
from tests.database.harness import SYNC_USER, Shop

Hook: TypeAlias = "Callable[[Connection[Any], bytes], None]"

COUNTABLE = replace(_GENTLE, share=None)
"""Without the canary, which reads by the clock: the statements of two runs are the same ones."""


@contextmanager
def every_statement(before: Hook | None = None, after_send: Hook | None = None) -> Iterator[None]:
    """Call the hooks around the sending of each statement of this process; the server's answer comes later."""
    original = Connection._execute_command  # type: ignore[attr-defined]

    def execute(self: Connection[Any], command: int, statement: bytes | str) -> None:
        text = statement.encode() if isinstance(statement, str) else bytes(statement)
        if before is not None:
            before(self, text)
        original(self, command, statement)
        if after_send is not None:
            after_send(self, text)

    Connection._execute_command = execute  # type: ignore[attr-defined]
    try:
        yield
    finally:
        Connection._execute_command = original  # type: ignore[attr-defined]


class Cut:
    """Acts once, right after a statement was sent: the first with the last of these beginnings, after the others'."""

    def __init__(self, beginnings: Sequence[str], act: Callable[[Connection[Any]], None]) -> None:
        self._awaited, self._act = list(beginnings), act

    @property
    def done(self) -> bool:
        return not self._awaited

    def __call__(self, connection: Connection[Any], statement: bytes) -> None:
        if self._awaited and statement.startswith(self._awaited[0].encode()):
            del self._awaited[0]
            if self.done:
                self._act(connection)


def count_statements(shop: Shop) -> tuple[int, int]:
    """How many statements a sync sends: until the swap begins, and in all."""
    sent = [0]
    until_swap = [0]

    def progress(line: str) -> None:
        if line.startswith("swapping"):
            until_swap[0] = sent[0]

    def count(_: Connection[Any], __: bytes) -> None:
        sent[0] += 1

    with every_statement(before=count):
        run_sync(shop.endpoint, shop.owner, shop.request(pace=COUNTABLE), progress)
    return until_swap[0], sent[0]


def killed_at(shop: Shop, number: int, after_send: bool) -> None:
    """A sync in a child that kills itself with SIGKILL at the statement with this number, before or after sending it."""

    def sync() -> None:
        run_sync(shop.endpoint, shop.owner, shop.request(pace=COUNTABLE), lambda _: None)

    in_a_child_killed_at(sync, number, after_send)
    wait_until_gone(shop)


def in_a_child_killed_at(run: Callable[[], object], number: int, after_send: bool) -> bool:
    """Run it in a child that kills itself with SIGKILL at the statement with this number; False when it ended before."""
    sent = [0]

    def is_due(_: bytes) -> bool:
        sent[0] += 1
        return sent[0] == number

    return _in_a_child_killed_when(run, is_due, after_send)


def in_a_child_killed_after(run: Callable[[], object], beginning: str) -> bool:
    """The same for the moment at which a statement with this beginning was sent."""
    return _in_a_child_killed_when(run, lambda statement: statement.startswith(beginning.encode()), after_send=True)


def _in_a_child_killed_when(run: Callable[[], object], is_due: Callable[[bytes], bool], after_send: bool) -> bool:
    child = os.fork()
    if child == 0:
        _run_until_killed(run, is_due, after_send)
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) or os.WTERMSIG(status) == signal.SIGKILL
    return os.WIFSIGNALED(status)


def _run_until_killed(run: Callable[[], object], is_due: Callable[[bytes], bool], after_send: bool) -> None:
    def look(_: Connection[Any], statement: bytes) -> None:
        if is_due(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    hooks = {"after_send": look} if after_send else {"before": look}
    try:
        with every_statement(**hooks):
            run()
    finally:
        os._exit(0)


def wait_until_gone(shop: Shop, user: str = SYNC_USER) -> None:
    """Until nothing runs on the server for the account any more."""
    for _ in range(200):
        if shop.run(f"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{user}'") == ((0,),):
            return
        time.sleep(0.05)
    raise AssertionError(f"a connection of {user} is still there")
