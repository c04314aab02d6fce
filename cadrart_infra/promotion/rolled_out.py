"""Which Deployments have all their new pods ready."""

from collections.abc import Callable, Collection

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl, Object
from cadrart_infra.cluster.waiting import answered, look_until
from cadrart_infra.live import is_rolled_out
from cadrart_infra.user_errors import UserError

_PAUSE = 0.1
"""Seconds between two looks at Deployments that are not ready."""


class NotRolledOut(UserError):
    """New pods do not get ready; what would send traffic to them was not written."""


def not_rolled_out(kubectl: Kubectl, names: Collection[str], wait: float) -> list[str]:
    """Those of the Deployments whose pods are not all new and ready within `wait` seconds, or that are not there.

    Nothing makes one again that somebody has deleted, so that none is waited for. The provider's own await passes at
    once for most Deployments that are written beside another one: its watch still has them as they were, complete with
    their old pods. Raises ClusterError where the cluster does not answer any more.
    """

    def look() -> dict[str, bool]:
        return answered(lambda: _not_ready_now(kubectl, names))

    left = look_until(lambda left: not any(left.values()), look, wait, _PAUSE)
    return list(left)


def stuck(kubectl: Kubectl, names: Collection[str], wait: float, report: Callable[[str], str]) -> list[str]:
    """What `report` says of each Deployment whose pods are not all new and ready within `wait` seconds.

    It says nothing of one whose pods got ready after all. Raises ClusterError.
    """
    return [said for name in not_rolled_out(kubectl, names, wait) if (said := report(name))]


def require_rolled_out(kubectl: Kubectl, names: Collection[str], wait: float, report: Callable[[str], str]) -> str:
    """Raises NotRolledOut with what `stuck` says, where it says something; otherwise nothing is to be logged."""
    try:
        reports = stuck(kubectl, names, wait, report)
    except ClusterError as error:
        reports = [f"the cluster does not say any more whether {' and '.join(names)} are ready: {error}"]
    if reports:
        raise NotRolledOut("\n".join(reports))
    return ""


def absent(kubectl: Kubectl, names: Collection[str]) -> list[str]:
    """Those of the Deployments that are not there; raises ClusterError."""
    found = deployments_now(kubectl, names)
    return [name for name in names if name not in found]


def deployments_now(kubectl: Kubectl, names: Collection[str]) -> dict[str, Object]:
    """Those of the Deployments that are there, by name; raises ClusterError."""
    found = {deployment["metadata"]["name"]: deployment for deployment in kubectl.objects(DEPLOYMENT)}
    return {name: found[name] for name in names if name in found}


def _not_ready_now(kubectl: Kubectl, names: Collection[str]) -> dict[str, bool]:
    """Those whose pods are not all new and ready, and whether each exists."""
    found = deployments_now(kubectl, names)
    return {name: name in found for name in names if name not in found or not is_rolled_out(found[name])}
