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
from cadrart_infra.engine.state import Resources, Taints, require_unmarked, start_dynamic_host, state_resources
from cadrart_infra.observed import require_answer
from cadrart_infra.settings import Settings
from cadrart_infra.update.record import UpdateRecord
from cadrart_infra.update.stack_identity import identity_in, is_installed, require_right_place
from cadrart_infra.user_errors import run_at_exit


@dataclass(frozen=True)
class LeasedShop:
    """The shop, leased by this run: nobody else may change it."""

    identity: Identity
    installed: bool
    """Whether an earlier update installed it, even if the cluster has lost it since."""
    resources: Resources
    """The resources of Pulumi's state, which the engine has locked."""
    require_unmarked: Callable[[], None]
    """Raises MarkedState for tainted resources. Call it last: Pulumi takes its time to answer."""


def lease_shop(settings: Settings, kubectl: Kubectl, record: UpdateRecord) -> LeasedShop:
    """Checks rights and identity, then takes the Lease; `record` may write as soon as the identity is right.

    Raises Unreachable, rights.MissingRights, identity.WrongPlace or lease.Held, with nothing touched.
    """
    taints = Taints()
    resources = state_resources()
    start_dynamic_host()  # not before the state is read: until the host runs, the engine answers nothing else
    require_answer(kubectl)
    rights.require(kubectl, settings.pull.secret, only_look=pulumi.runtime.is_dry_run())
    recorded = identity_in(resources)
    here = require_right_place(settings, kubectl, recorded)
    record.begin(kubectl, here.namespace_uid)
    hold_while_updating(kubectl)
    return LeasedShop(here, is_installed(here, recorded), resources, lambda: require_unmarked(resources, taints.urns()))


def hold_while_updating(kubectl: Kubectl) -> None:
    """Takes the Lease for this update; a preview only says who holds it. Raises lease.Held.

    The Lease is released when the engine has ended in order. After a killed engine it is left to run out, since what
    the engine started may still be at work.
    """
    if pulumi.runtime.is_dry_run():
        _say_who_holds(kubectl)
        return
    mine = engine()
    doing = f"{mine.typed} of stack {pulumi.get_stack()}"
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
