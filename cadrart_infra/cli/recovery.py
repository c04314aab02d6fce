"""Recovers from a killed update: its Lease runs out by itself, Pulumi's lock has to be removed."""

from cadrart_infra.cli.exclusive_access import exclusive_access
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.lease import DURATION

_WAIT = DURATION + 15
"""Seconds. By then the Lease of a killed run has run out; a live run has renewed its own."""


def recover(workspace: Workspace) -> int:
    """Removes Pulumi's lock and returns 0; raises lease.Held, with nothing changed, if the update still runs."""
    with exclusive_access(workspace.kubectl(), f"the recovery of stack {workspace.stack}", _WAIT, workspace.page.line):
        workspace.engine().cancel()
    workspace.page.line(
        "Nobody changes the shop, and Pulumi's lock is gone. Now: cadrart rollback after a switch, else pulumi up."
    )
    return 0
