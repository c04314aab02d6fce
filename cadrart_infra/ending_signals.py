"""The signals that ask this process to end: Ctrl-C, a request to end, a terminal that was closed."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    """While the block runs, those signals are passed over: it is short, and leaves nothing behind when it ends."""
    with handled_by(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def handled_by(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> Iterator[None]:
    """While the block runs, each of those signals is handled so; then as before.

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
