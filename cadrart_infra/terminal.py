"""Output for people. A closed stream or a narrow encoding never stops the work."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import TextIO

Say = Callable[[str], None]
"""Shows people a line: on the terminal, on the page of a command, through Pulumi."""

_LOST: list[str] = []
"""Why something could not be written, though whoever reads it has not gone: a full disk."""


def write(stream: TextIO, text: str) -> None:
    """The text, at once; a character that the stream cannot have is a question mark, and a stream that ended is let go.

    It never fails: a broken pipe must not break off a restore that has begun.
    """
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            _LOST.append(error.strerror or str(error))
        _let_go(stream)


def open_closed_streams() -> None:
    """Lets what goes to a stream that was closed before this process began (`>&-`, a service's) go nowhere.

    Python has None in its place, and the next file that is opened would get its number, and what others print.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def lost() -> str:
    """Why a part of what was printed is nowhere; empty where all was written, or the reader has gone."""
    return _LOST[0] if _LOST else ""


def line(text: str) -> None:
    """A line on standard output."""
    write(sys.stdout, f"{text}\n")


def error_line(text: str) -> None:
    """A line on standard error."""
    write(sys.stderr, f"{text}\n")


def answer(question: str) -> str:
    """What a person types, without blanks around it; empty where nobody is there to be asked."""
    try:
        return input(question).strip()
    except EOFError:
        return ""


def _let_go(stream: TextIO) -> None:
    """What is left in the stream goes nowhere: Python would try it again at its end, and fail with status 120."""
    with contextlib.suppress(OSError):  # a stream without a file has none to let go
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
