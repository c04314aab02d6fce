"""Why pods are not ready, in the cluster's words: those of a Deployment, and the database server's."""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, ENDPOINT_SLICE, EVENT, POD, Object, name_of
from cadrart_infra.cluster.kubectl import Kubectl, items_of
from cadrart_infra.cluster.pods import Pod, in_deployment, of_deployment, what_keeps_containers
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.promotion.unmanaged import abandoned_pods

_EVENTS_SHOWN = 3
_RECENT = timedelta(minutes=5)
"""How old a warning may be to explain why the server's pod is not ready."""
_PAUSE = 1.0
_NAME_SERVICE = f"{ENDPOINT_SLICE.path('kube-system')}?labelSelector=kubernetes.io/service-name%3Dkube-dns"
"""What the name service of k3s, and of most other clusters, is served by."""


def why_not_ready(kubectl: Kubectl, deployment: str, began: datetime) -> Iterator[str]:
    """Why a Deployment's pods are not ready, or could not be made, with the last warning of each kind since `began`.

    Raises ClusterError.
    """
    yield from _why_not_ready(kubectl, deployment, kubectl.objects(POD, selector=of_deployment(deployment)), began)


def _why_not_ready(kubectl: Kubectl, deployment: str, pods: Iterable[Pod], began: datetime) -> Iterator[str]:
    yield from what_keeps_containers(pods)
    warnings = kubectl.objects(EVENT, fields="type=Warning")
    names = {name for event in warnings if (name := event["involvedObject"]["name"]).startswith(f"{deployment}-")}
    yield from list(warnings_of(warnings, names, began).values())[-_EVENTS_SHOWN:]


def warnings_of(events: Iterable[Object], names: Collection[str], began: datetime) -> dict[str, str]:
    """The last warning of each reason about these objects since `began`, by reason."""
    ours = [event for event in events if event["involvedObject"]["name"] in names and _time(event) >= began]
    last = dict[str, str]()
    for event in sorted(ours, key=_time):
        last[event["reason"]] = " ".join(event["message"].split())
    return last


def _time(event: Mapping[str, Any]) -> datetime:
    """When an event was last seen, to the second; the two event APIs have different fields for it."""
    series = event.get("series") or {}
    text = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)


def server_problems(kubectl: Kubectl, now: datetime, seconds: float) -> Iterator[str]:
    """What is wrong if no pod of the database server gets ready within `seconds`; empty if one does."""
    if look_until(bool, lambda: _server_is_available(kubectl), seconds, _PAUSE):
        return
    if kubectl.find(DEPLOYMENT, naming.DATABASE) is None:
        yield f"The Deployment {naming.DATABASE} is gone: production has no database. Run pulumi up, which makes it."
        return
    yield "The database server has no ready pod: production has no database."
    pods = kubectl.objects(POD)
    taken = [name_of(pod) for pod, maker in abandoned_pods(pods) if maker == naming.DATABASE]
    for name in taken:
        yield (
            f"  Pod {name} still runs on its volume, so that no other server starts there: somebody changed the labels "
            f"by which it belonged to {naming.DATABASE}. End it: kubectl -n {kubectl.namespace} delete pod {name}"
        )
    mine = in_deployment(naming.DATABASE, pods)
    yield from (f"  {trouble}" for trouble in _why_not_ready(kubectl, naming.DATABASE, mine, now - _RECENT))
    yield (
        f"  Look at it with: kubectl -n {kubectl.namespace} describe pods -l {naming.SERVICE_LABEL}={naming.DATABASE} "
        f"and: kubectl -n {kubectl.namespace} logs deployment/{naming.DATABASE}"
    )


def logs_command(namespace: str, deployment: str) -> str:
    """What shows the last lines of a Deployment's pods, those of a container that has ended among them."""
    return f"kubectl -n {namespace} logs -l {of_deployment(deployment)} --prefix --tail=20"


def name_service_problems(kubectl: Kubectl) -> Iterator[str]:
    """Whether the cluster's own name service is away, where this account may ask: no pod finds the database then."""
    with contextlib.suppress(ClusterError):
        slices = items_of(kubectl.ask(_NAME_SERVICE))
        if slices and not any(end["conditions"].get("ready") for one in slices for end in one.get("endpoints") or []):
            yield (
                "The cluster's name service (kube-dns in kube-system) has no ready pod: new pods do not find the "
                "database. Look at it with: kubectl -n kube-system get pods -l k8s-app=kube-dns"
            )


def _server_is_available(kubectl: Kubectl) -> bool:
    deployment = kubectl.find(DEPLOYMENT, naming.DATABASE)
    return deployment is not None and bool(deployment.get("status", {}).get("availableReplicas"))
