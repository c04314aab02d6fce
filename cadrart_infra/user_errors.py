"""Errors that are meant for the user, told as sentences by the host of our dynamic providers too."""

import atexit
import contextlib
import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_TOLD_ALREADY = 32
"""Exit code of a program after which Pulumi's language host adds no words of its own."""
_LAST_ACTIONS_SECONDS = 3.0


class UserError(Exception):
    """What the user can put right; its text says what was wrong, what was left untouched and what to do next."""

    def explained(self) -> str:
        """The text for the user who reads nothing else."""
        return str(self)


def without_traceback(method: Callable[P, R]) -> Callable[P, R]:
    """For a dynamic provider's operations: a UserError reaches the terminal as its text alone.

    The host that runs dynamic providers answers every exception with its formatted traceback, and has no other way to
    fail. Where it looks up the formatter, it finds ours, which knows one more case. Every other exception keeps its
    traceback, and so does this one should the host's code change.
    """

    @functools.wraps(method)
    def operation(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except UserError:
            host = sys.modules["__main__"]
            if getattr(host, "traceback", None) is traceback:
                host.traceback = _Formatter()  # type: ignore[attr-defined]
            raise

    return operation


_LAST_ACTIONS: list[Callable[[], None]] = []


def before_the_end(action: Callable[[], None]) -> None:
    """Runs `action` when this process ends, however but by a kill; it may run twice. The last one runs first."""
    _LAST_ACTIONS.append(action)
    atexit.register(action)


def end_quietly_when_interrupted() -> None:
    """SIGINT ends this process at once, without a traceback, after what `before_the_end` was told.

    The language host sends it for Ctrl-C and after an update that failed, when the engine is done with its writes; an
    ordinary exit would then wait for answers that nobody gives any more, until the host kills the process. A program
    that runs in a thread of another process leaves signals to that one.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _end_quietly)
        atexit.register(_end_without_more_words)


_TOLD = threading.Event()


def say_no_more() -> None:
    """Before a pulumi.RunError that ends the program: Pulumi prints its text, and the text alone.

    Pulumi adds "an unhandled error occurred: program exited with non-zero exit code: 1", in which a reader looks for
    a second fault. In a program that runs in a thread of another process nothing is changed.
    """
    _TOLD.set()


def _end_without_more_words() -> None:
    if _TOLD.is_set():
        _flush_and_end()


def last_actions() -> None:
    """Does what `before_the_end` was told, before an end at which Python does nothing by itself.

    It takes some seconds at most: the interrupted thread may hold what an action waits for.
    """
    last = threading.Thread(target=lambda: [action() for action in reversed(_LAST_ACTIONS)], daemon=True)
    last.start()
    last.join(_LAST_ACTIONS_SECONDS)


def _end_quietly(_number: int, _frame: FrameType | None) -> None:
    last_actions()
    _flush_and_end()


def _flush_and_end() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(RuntimeError):  # a signal came while this thread was in the middle of a write
            stream.flush()
    os._exit(_TOLD_ALREADY)


class _Formatter:
    """The module `traceback`, but for the wording of a UserError."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self) -> str:
        error = sys.exc_info()[1]
        return error.explained() if isinstance(error, UserError) else traceback.format_exc()
