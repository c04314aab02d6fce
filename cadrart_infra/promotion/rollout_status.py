"""Whether Deployments are rolled out: all pods new and ready."""

from collections.abc import Callable, Collection

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import look_until, until_answered
from cadrart_infra.live import is_rolled_out
from cadrart_infra.user_errors import UserError

_PAUSE = 0.1
"""Seconds between two checks."""


class NotRolledOut(UserError):
    """New pods do not get ready; no proxy was switched to them."""


def not_rolled_out(kubectl: Kubectl, names: Collection[str], wait: float) -> list[str]:
    """The Deployments that are missing, or not rolled out within `wait` seconds.

    A missing one is not waited for. The provider's own await does not suffice: of Deployments that are written side by
    side, its watch shows most as they were before, complete with their old pods. Raises ClusterError.
    """

    def look() -> dict[str, bool]:
        return until_answered(lambda: _not_ready_now(kubectl, names))

    left = look_until(lambda left: not any(left.values()), look, wait, _PAUSE)
    return list(left)


def rollout_problems(kubectl: Kubectl, names: Collection[str], wait: float, report: Callable[[str], str]) -> list[str]:
    """The `report` of each Deployment that is not rolled out within `wait` seconds; empty reports are left out.

    Raises ClusterError.
    """
    return [said for name in not_rolled_out(kubectl, names, wait) if (said := report(name))]


def require_rolled_out(kubectl: Kubectl, names: Collection[str], wait: float, report: Callable[[str], str]) -> str:
    """Raises NotRolledOut with the `rollout_problems`; returns an empty text, since nothing is to be logged."""
    try:
        reports = rollout_problems(kubectl, names, wait, report)
    except ClusterError as error:
        reports = [f"the cluster does not say any more whether {' and '.join(names)} are ready: {error}"]
    if reports:
        raise NotRolledOut("\n".join(reports))
    return ""


def missing_deployments(kubectl: Kubectl, names: Collection[str]) -> list[str]:
    """The Deployments that do not exist; raises ClusterError."""
    found = existing_deployments(kubectl, names)
    return [name for name in names if name not in found]


def existing_deployments(kubectl: Kubectl, names: Collection[str]) -> dict[str, Object]:
    """The Deployments that exist, by name; raises ClusterError."""
    found = {deployment["metadata"]["name"]: deployment for deployment in kubectl.objects(DEPLOYMENT)}
    return {name: found[name] for name in names if name in found}


def _not_ready_now(kubectl: Kubectl, names: Collection[str]) -> dict[str, bool]:
    """The Deployments that are not rolled out, and whether each exists."""
    found = existing_deployments(kubectl, names)
    return {name: name in found for name in names if name not in found or not is_rolled_out(found[name])}
