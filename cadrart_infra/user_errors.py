"""Errors that are meant for the user, told as sentences by the host of our dynamic providers too."""

import functools
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_TOLD_ALREADY = 32
"""Exit code of a program after which Pulumi's language host adds no words of its own."""


class UserError(Exception):
    """Something that the user can mend; its text says what was wrong, what was left untouched and what to do next."""


def told_as_sentence(method: Callable[P, R]) -> Callable[P, R]:
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


def end_quietly_when_interrupted() -> None:
    """Ctrl-C ends this process without a traceback; it reaches every process of the terminal, not the engine alone.

    The engine says what it cancelled, and the next update goes on from there. A program that runs in a thread of
    another process leaves signals to that one.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *_: sys.exit(_TOLD_ALREADY))


class _Formatter:
    """The module `traceback`, but for the wording of a UserError."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, UserError) else traceback.format_exc()
