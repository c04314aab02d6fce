"""The last check before a colour is bound to staging: that production is not served by it."""

from dataclasses import dataclass

import pulumi

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import SERVICE, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import until_answered
from cadrart_infra.hooks import before_a_write, before_writes
from cadrart_infra.model import Color, Environment
from cadrart_infra.user_errors import UserError


class ServesProduction(UserError):
    """Production's proxies lead to the colour, or nobody knows; nothing was written that takes its pods from them."""


@dataclass(frozen=True)
class StagingGuard:
    """Stands before every write that binds `color`, or staging's proxies, to staging.

    Hours may lie between the plan of an update and this write, with a staging sync between them, and a targeted update
    may leave out what was to come before: each object is checked for itself, when it is about to be written.
    """

    color: Color
    kubectl: Kubectl

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks that let an object be written only if the check passes. They do not run in a preview."""
        return before_writes("staging-guard", self._require)

    async def _require(self, args: pulumi.ResourceHookArgs) -> None:
        await before_a_write(self.check, args.name)

    def check(self, name: str) -> None:
        """Raises ServesProduction where a proxy of production leads to the colour; `name` is what would be written."""
        mine = set(workloads.deployments(self.color))
        names = traffic.proxies(Environment.PROD)
        leading = [
            service["metadata"]["name"]
            for service in self._services(name)
            if service["metadata"]["name"] in names
            and (service["spec"].get("selector") or {}).get(naming.SERVICE_LABEL) in mine
        ]
        if leading:
            raise ServesProduction(self._refusal(name, sorted(leading)))

    def _services(self, name: str) -> list[Object]:
        try:
            return until_answered(lambda: self.kubectl.objects(SERVICE))
        except ClusterError as error:
            raise ServesProduction(
                f"{name} was not written: the cluster does not say any more who serves production, and this "
                f"write binds {self.color} to staging. Production is as it was.\n  {error}\n"
                "  Look at your access to the cluster (kubectl get services), then run pulumi up again."
            ) from None

    def _refusal(self, name: str, leading: list[str]) -> str:
        color, namespace = self.color, self.kubectl.namespace
        return (
            f"{name} was not written: it would bind {color} to staging, and {color} serves production now "
            f"({' and '.join(leading)}). Production is as it was.\n"
            "  Somebody or something else switched it while this update ran, or this update leaves out what comes "
            "before (--target, --exclude).\n"
            f"  Look at it: kubectl -n {namespace} get services {' '.join(leading)} -o wide\n"
            f"  Then run the whole pulumi up, which switches to {color.other} first; or keep {color}: "
            f"pulumi config set activeColor {color} && pulumi up"
        )
