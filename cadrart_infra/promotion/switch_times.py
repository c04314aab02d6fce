"""The time of the switch, as it is declared with each proxy and with the record."""

from collections.abc import Mapping

import pulumi
from pulumi.runtime.rpc import UNKNOWN

from cadrart_infra.plan import UpdatePlan


def switch_times(plan: UpdatePlan) -> Mapping[str, str]:
    """`plan.routes.turned_at`; in a preview, the time of this update is one that is not known yet.

    A saved plan takes whatever time it is then, where it would refuse another one than that of the preview.
    """
    if not pulumi.runtime.is_dry_run():
        return plan.routes.turned_at
    return {name: UNKNOWN if time == plan.live.now else time for name, time in plan.routes.turned_at.items()}
