"""Whether the user has interrupted the update.

Under `pulumi up` Ctrl-C ends the program's process, and with it every check that is under way: what waits for one is
not written. Where the program runs inside another process, its checks ask here whether the update is to end.
"""

import threading
from collections.abc import Callable

from cadrart_infra import terminal
from cadrart_infra.ending_signals import interrupting_signals
from cadrart_infra.user_errors import UserError

INTERRUPTED = 130
"""The exit status of a command that was asked to end."""

_requested = threading.Event()


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
