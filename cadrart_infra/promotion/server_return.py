"""How long the database server is back, for its absence shows in the pods that need it when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from cadrart_infra import naming
from cadrart_infra.cluster.conditions import condition_of
from cadrart_infra.cluster.kinds import POD
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import in_deployment, is_ready
from cadrart_infra.cluster.waiting import look_until

_LAST_PROBE = timedelta(seconds=6)
"""A probe that began while the server was away has three seconds to fail; then the cluster takes the pod out of its
Services, and every node's proxy follows both that and its return a second later."""
_PAUSE = 1.0


def wait_until_noticed(kubectl: Kubectl) -> None:
    """Returns when pods that lost their readiness for the server are seen to have lost it; raises ClusterError.

    At once but within seconds of a start of the server. Until then production may count as ready, and be out of its
    Services a moment later.
    """
    look_until(lambda age: age >= _LAST_PROBE, lambda: _back_for(kubectl), _LAST_PROBE.total_seconds() + 1, _PAUSE)


def _back_for(kubectl: Kubectl) -> timedelta:
    """How long the server's newest pod is ready; for ever where there is none to wait for."""
    pods = [pod for pod in in_deployment(naming.DATABASE, kubectl.objects(POD)) if is_ready(pod)]
    times = [condition_of(pod, "Ready").get("lastTransitionTime") for pod in pods]
    since = [datetime.fromisoformat(time) for time in times if time]
    return kubectl.now() - max(since) if since else timedelta.max
