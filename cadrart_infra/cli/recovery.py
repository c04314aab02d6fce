"""What an update that was killed leaves behind: the Lease, which runs out, and Pulumi's lock, which does not."""

from cadrart_infra.cli.desk import Desk
from cadrart_infra.cli.turn import alone
from cadrart_infra.cluster.lease import DURATION

_WAIT = DURATION + 15
"""Seconds: the Lease of a run that was killed is free by then, and that of one that lives is not."""


def recover(desk: Desk) -> int:
    """Removes Pulumi's lock; the exit status is 0. Raises lease.Held, with nothing changed, where the update lives."""
    with alone(desk.kubectl(), f"the recovery of stack {desk.stack}", _WAIT, desk.page.line):
        desk.engine().cancel()
    desk.page.line(
        "Nobody changes the shop, and Pulumi's lock is gone. Now: cadrart rollback after a switch, else pulumi up."
    )
    return 0
