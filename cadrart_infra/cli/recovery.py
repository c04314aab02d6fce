"""Recovers from a killed update: its Lease runs out by itself, Pulumi's lock has to be removed."""

from cadrart_infra.cli.engine import Engine
from cadrart_infra.cli.exclusive_access import exclusive_access
from cadrart_infra.cli.stack_lock import StackLock, require_dead
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.lease import DURATION
from cadrart_infra.cluster.waiting import look_until

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

    def look() -> list[StackLock]:
        locks = engine.locks()
        require_dead(locks)
        return locks

    look_until(lambda locks: all(lock.is_of_this_machine for lock in locks), look, _FROM_LOCK_TO_LEASE, _PAUSE)
