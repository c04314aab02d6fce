"""Starts a new Deployment with one pod first: pods migrate at their start, and all at once would do it together.

Where a Deployment exists, the cluster itself brings its new pods one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.manifests import make_unless_there, plain
from cadrart_infra.hooks import before_a_write
from cadrart_infra.user_errors import UserError


class FirstPodNotReady(UserError):
    """The first pod of a new Deployment did not get ready; the others were not made."""


@dataclass(frozen=True)
class FirstPod:
    """Makes a Deployment with one pod before the engine scales it to all.

    `deployment`: its name; `wait`: seconds that the pod may take; `report`: what is said of one that does not.
    """

    deployment: str
    wait: int
    kubectl: Kubectl
    report: Callable[[str], str]

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks for all of a colour's Deployments; only this one is held. They do not run in a preview."""
        hook = pulumi.ResourceHook(f"first-pod-of-{self.deployment}", self._before)
        return pulumi.ResourceHookBinding(before_create=[hook])

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        if args.name == self.deployment:
            await before_a_write(self.make, args.new_inputs)

    def make(self, declared: object) -> None:
        """Makes the Deployment and waits for its pod; raises FirstPodNotReady."""
        manifest = plain(declared)
        manifest["spec"]["replicas"] = 1
        try:
            make_unless_there(self.kubectl, manifest)
            self.kubectl.wait_until_rolled_out(self.deployment, self.wait)
        except ClusterError:
            raise FirstPodNotReady(self.report(self.deployment)) from None
