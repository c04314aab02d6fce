"""Which Deployments have all their new pods ready."""

from collections.abc import Collection

from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.live import is_rolled_out

_PAUSE = 0.1
"""Seconds between two looks at Deployments that are not ready."""


def not_rolled_out(kubectl: Kubectl, names: Collection[str], wait: float) -> list[str]:
    """Those of the Deployments whose pods are not all new and ready within `wait` seconds, or that are not there.

    Nothing makes one again that somebody has deleted, so that none is waited for. The provider's own await now and
    then takes old pods for the new ones, and passes at once. Raises ClusterError where the cluster does not answer any
    more.
    """
    left = look_until(lambda left: not any(left.values()), lambda: _not_ready_now(kubectl, names), wait, _PAUSE)
    return list(left)


def absent(kubectl: Kubectl, names: Collection[str]) -> list[str]:
    """Those of the Deployments that are not there; raises ClusterError."""
    return [name for name, exists in _not_ready_now(kubectl, names).items() if not exists]


def _not_ready_now(kubectl: Kubectl, names: Collection[str]) -> dict[str, bool]:
    """Those whose pods are not all new and ready, and whether each exists."""
    found = {deployment["metadata"]["name"]: is_rolled_out(deployment) for deployment in kubectl.objects(DEPLOYMENT)}
    return {name: name in found for name in names if not found.get(name)}
