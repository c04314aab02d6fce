"""The Lease of an update, held by the program from before the first write until the engine is done with it."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from cadrart_infra import rights
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.engine.process import engine
from cadrart_infra.engine.state import Resources, Taints, require_unmarked, state_resources
from cadrart_infra.observed import require_answer
from cadrart_infra.settings import Settings
from cadrart_infra.stack_identity import identity_in, is_installed, require_right_place
from cadrart_infra.update_record import UpdateRecord
from cadrart_infra.user_errors import run_at_exit


@dataclass(frozen=True)
class Begun:
    """The shop that may be updated now, by this run alone."""

    identity: Identity
    installed: bool
    """Whether it was installed by an earlier update, whatever the cluster still has of it."""
    resources: Resources
    """What Pulumi's state has of it. Nobody else changes that: the engine has the stack to itself in an update."""
    require_unmarked: Callable[[], None]
    """Raises MarkedState where that state keeps the shop from being updated. It is for the end of what is read of the
    cluster, for Pulumi takes its time to answer."""


def begin(settings: Settings, kubectl: Kubectl, record: UpdateRecord) -> Begun:
    """Takes the shop for this update; `record` may write to it as soon as it is the right one.

    Raises Unreachable, rights.MissingRights, identity.WrongPlace or lease.Held where it may not be, while nothing has
    been touched.
    """
    taints = Taints()
    require_answer(kubectl)
    rights.require(kubectl, settings.pull.secret, only_look=pulumi.runtime.is_dry_run())
    resources = state_resources()
    recorded = identity_in(resources)
    here = require_right_place(settings, kubectl, recorded)
    record.begin(kubectl, here.namespace_uid)
    hold_while_updating(kubectl)
    return Begun(here, is_installed(here, recorded), resources, lambda: require_unmarked(resources, taints.urns()))


def hold_while_updating(kubectl: Kubectl) -> None:
    """Takes the Lease for this update, and says in a preview who holds it; raises lease.Held where somebody else does.

    It is free again when the engine is done, with whatever result, or cancelled: the program outlives every write, for
    its hooks may be needed. After a killed engine it is left to run out: what the engine began may still be at work.
    """
    if pulumi.runtime.is_dry_run():
        _say_who_holds(kubectl)
        return
    mine = engine()
    doing = f"pulumi up of stack {pulumi.get_stack()}"
    held = lease.take(kubectl, mine.run, doing, pulumi.log.warn, lambda: mine.lives)
    if held:
        run_at_exit(lambda: held.release() if mine.lives else held.keep())


def _say_who_holds(kubectl: Kubectl) -> None:
    try:
        holder = lease.who_holds(kubectl)
    except ApiError:
        return  # who may only look may not see Leases
    if holder and holder.run != engine().run:  # a deployment previews while it holds the Lease itself
        pulumi.log.info(f"an update would be refused now: {holder.described(kubectl.now())}")
