"""Signals that end a command: all the same exception, and held back while what it made for itself is removed."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_signals() -> None:
    """The first signal that asks this process to end raises KeyboardInterrupt in it, and all others are passed over.

    What was begun is tidied up then, however often somebody presses Ctrl-C; a SIGKILL asks nobody.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in _ENDING:
        signal.signal(number, interrupt)


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """While the block runs, those signals are passed over: it is short, and leaves nothing behind when it ends."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
