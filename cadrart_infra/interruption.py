"""Whether the user has asked the running update to end, for the checks that something still waits for.

Under `pulumi up` Ctrl-C ends the program's process, and with it every check that is under way: what waits for one is
not written. Where the program runs inside another process, that one asks here.
"""

import threading

INTERRUPTED = 130
"""The exit status of a command that was asked to end."""

_requested = threading.Event()


def request() -> None:
    """From now on no check passes."""
    _requested.set()


def requested() -> bool:
    """Whether the update is to end."""
    return _requested.is_set()
