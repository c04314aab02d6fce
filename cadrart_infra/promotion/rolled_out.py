"""Which Deployments have all their new pods ready."""

from collections.abc import Collection

from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.live import is_rolled_out

_PAUSE = 0.25
"""Seconds between two looks at Deployments that are not ready."""


def not_rolled_out(kubectl: Kubectl, names: Collection[str], wait: float) -> list[str]:
    """Those of the Deployments whose pods are not all new and ready within `wait` seconds.

    The provider's own await now and then takes old pods for the new ones, and passes at once. Raises ClusterError
    where the cluster does not answer any more.
    """
    return look_until(lambda left: not left, lambda: _not_ready_now(kubectl, names), wait, _PAUSE)


def _not_ready_now(kubectl: Kubectl, names: Collection[str]) -> list[str]:
    ready = {deployment["metadata"]["name"] for deployment in kubectl.objects(DEPLOYMENT) if is_rolled_out(deployment)}
    return [name for name in names if name not in ready]
