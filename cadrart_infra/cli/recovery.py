"""Recovers from a killed update: its Lease runs out by itself, Pulumi's lock has to be removed."""

import time

from cadrart_infra.cli.engine import Engine
from cadrart_infra.cli.exclusive_access import exclusive_access
from cadrart_infra.cli.stack_lock import require_dead
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.lease import DURATION

_WAIT = DURATION + 15
"""Seconds. By then the Lease of a killed run has run out; a live run has renewed its own."""
_FROM_LOCK_TO_LEASE = 20
"""Seconds that a run needs at most from Pulumi's lock to the Lease, which it is refused while this holds it."""
_PAUSE = 2


def recover(workspace: Workspace) -> int:
    """Removes Pulumi's lock and returns 0; raises lease.Held or LockOfLiveRun, with nothing changed, if a run lives."""
    with exclusive_access(workspace.kubectl(), f"the recovery of stack {workspace.stack}", _WAIT, workspace.page.line):
        engine = workspace.engine()
        _wait_for_refusals(engine)
        engine.cancel()
    workspace.page.line(
        "Nobody changes the shop, and Pulumi's lock is gone. Now: cadrart rollback after a switch, else pulumi up."
    )
    return 0


def _wait_for_refusals(engine: Engine) -> None:
    """Waits while a lock of another machine may be of a run that has just begun; raises LockOfLiveRun."""
    end = time.monotonic() + _FROM_LOCK_TO_LEASE
    while locks := engine.locks():
        require_dead(locks)
        if all(lock.is_of_this_machine for lock in locks) or time.monotonic() > end:
            return
        time.sleep(_PAUSE)
