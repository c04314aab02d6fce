"""Errors for the user: sentences without a traceback, in our dynamic providers too; and quiet ends of a process."""

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

_REPORTED_ALREADY = 32
"""Exit code of a program after which Pulumi's language host adds no words of its own."""
_LAST_ACTIONS_SECONDS = 3.0


class UserError(Exception):
    """An error that the user can fix; the text says what was wrong, what was left untouched and what to do next."""

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


_EXIT_ACTIONS: list[Callable[[], None]] = []


def run_at_exit(action: Callable[[], None]) -> None:
    """Runs `action` when this process ends, unless it is killed; last registered, first run. It may run twice."""
    _EXIT_ACTIONS.append(action)
    atexit.register(action)


def end_quietly_when_interrupted() -> None:
    """Lets SIGINT end this process at once, without a traceback, after the actions of `run_at_exit`.

    The language host sends it for Ctrl-C and after an update that failed, when the engine is done with its writes; an
    ordinary exit would then wait for answers that nobody gives any more, until the host kills the process. A program
    that runs in a thread of another process leaves signals to that one.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _end_quietly)
        atexit.register(_exit_silently)


_SUPPRESSED = threading.Event()


def suppress_exit_message() -> None:
    """Call it before a pulumi.RunError that ends the program, so that Pulumi prints the error's text alone.

    Otherwise Pulumi adds "an unhandled error occurred: program exited with non-zero exit code: 1", which looks like a
    second error. It has no effect in a program that runs in a thread of another process.
    """
    _SUPPRESSED.set()


def _exit_silently() -> None:
    if _SUPPRESSED.is_set():
        _flush_and_end()


def run_exit_actions() -> None:
    """Runs the actions of `run_at_exit`, for an exit at which Python would not.

    It takes some seconds at most: the interrupted thread may hold what an action waits for.
    """
    last = threading.Thread(target=lambda: [action() for action in reversed(_EXIT_ACTIONS)], daemon=True)
    last.start()
    last.join(_LAST_ACTIONS_SECONDS)


def _end_quietly(_number: int, _frame: FrameType | None) -> None:
    run_exit_actions()
    _flush_and_end()


def _flush_and_end() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(RuntimeError):  # a signal came while this thread was in the middle of a write
            stream.flush()
    os._exit(_REPORTED_ALREADY)


class _Formatter:
    """The module `traceback`, but for the wording of a UserError."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self) -> str:
        error = sys.exc_info()[1]
        return error.explained() if isinstance(error, UserError) else traceback.format_exc()
