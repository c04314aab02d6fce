"""The end that a person asks for.

Under `pulumi up` Ctrl-C ends the program's process, and with it every check that is under way: what waits for one is
not written. Where the program runs inside another process, its checks ask here whether the update is to end.
"""

import threading

from cadrart_infra.user_errors import UserError

INTERRUPTED = 130
"""The exit status of a command that was asked to end."""

_requested = threading.Event()


class Interrupted(UserError):
    """A signal ended what a person had begun; the text says how far it had come."""


def request() -> None:
    """From now on no check passes."""
    _requested.set()


def requested() -> bool:
    """Whether the update is to end."""
    return _requested.is_set()
