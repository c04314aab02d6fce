"""What this process does when it is asked to end, and whether the user has interrupted the update.

Under `pulumi up` Ctrl-C ends the program's process, and with it every check that is under way: what waits for one is
not written. Where the program runs inside another process, its checks ask here whether the update is to end.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from cadrart_infra import terminal
from cadrart_infra.user_errors import UserError

INTERRUPTED = 130
"""The exit status of a command that was asked to end."""

_requested = threading.Event()
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a request to end, a terminal that was closed."""


class Interrupted(UserError):
    """A signal ended what a person had begun; the text says how far it had come."""


def request() -> None:
    """Requests the end: from now on no check passes."""
    _requested.set()


def requested() -> bool:
    """Whether the update is to end."""
    return _requested.is_set()


def exit_status(run: Callable[[], int]) -> int:
    """The exit status of a command that people type: 1 where it refused, 130 where it was interrupted; it says why."""
    try:
        with interrupting_signals():
            return run()
    except Interrupted as error:
        terminal.error_line(f"\n{error}")
        return INTERRUPTED
    except UserError as error:
        terminal.error_line(f"error: {error.explained()}")
        return 1
    except KeyboardInterrupt:
        terminal.error_line("\nInterrupted. Nothing was changed.")
        return INTERRUPTED


@contextlib.contextmanager
def leaving(what: str) -> Iterator[None]:
    """Where a signal ends the block, raises Interrupted with what it leaves, as one text."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(what) from None


@contextlib.contextmanager
def interrupting_signals() -> Iterator[None]:
    """While the block runs, the first signal that asks this process to end raises KeyboardInterrupt; others pass over.

    What was begun is tidied up then, however often somebody presses Ctrl-C; a SIGKILL asks nobody.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    with handled_by(interrupt):
        yield


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """While the block runs, such signals are passed over: it is short, and leaves nothing behind when it ends."""
    with handled_by(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def handled_by(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> Iterator[None]:
    """While the block runs, each signal that asks this process to end is handled so; then as before.

    Except for a closed terminal where it was started to outlive it (`nohup`).
    """
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    handled = [number for number in _ENDING if number is not signal.SIGHUP or not outlives]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
