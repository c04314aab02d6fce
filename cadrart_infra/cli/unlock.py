"""Frees the Lease of a dead update, after a person has confirmed whose it is."""

from cadrart_infra.cluster import lease
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.terminal import Say, answer

_WARNING = "Its work is not ended by this. Two updates at once may undo each other: be sure that it is dead."


def unlock(kubectl: Kubectl, line: Say, *, sure: bool) -> int:
    """Returns 0 if the Lease is free, 1 if the person said no. `sure`: does not ask."""
    holder = lease.who_holds(kubectl)
    if holder is None:
        line("Nobody changes the shop now; there is no Lease to free. For Pulumi's lock on the stack: cadrart recover")
        return 0
    line(f"{holder.described(kubectl.now())}; its run is {holder.run}.\n{_WARNING}")
    if not sure and answer("To free it, type yes: ") != "yes":
        line("Nothing was changed.")
        return 1
    lease.give_up(kubectl, holder.run)
    if other := lease.who_holds(kubectl):
        line(f"That run has ended meanwhile, and {other.described(kubectl.now())}; nothing was changed.")
        return 1
    line("The Lease is free.")
    return 0
