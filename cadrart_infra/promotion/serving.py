"""Who serves what, read from the pods that requests go to, not from what was declared."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import ENDPOINT_SLICE, POD, Object, labels_of, name_of, of_kind
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import Pod, image_of, in_deployment, is_ready, own_container
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.model import Color, Environment, Workload, WorkloadSpec
from cadrart_infra.text_table import aligned

_SETTLE_SECONDS = 5.0
"""Seconds: the cluster notices a moment after a Service was written which pods it leads to."""
_PAUSE = 0.3
_SERVICE_OF_SLICE = "kubernetes.io/service-name"
_MAKER_OF_SLICE = "endpointslice.kubernetes.io/managed-by"
_CLUSTER = "endpointslice-controller.k8s.io"


@dataclass(frozen=True)
class Serving:
    """The pods behind one environment's proxies, and what those pods say of themselves.

    `standby`: these are the pods of a warm standby instead, bound to the environment and behind none of its proxies.
    `by_hand`: the addresses of EndpointSlices that somebody else than the cluster made for a proxy.
    """

    environment: Environment
    pods: Mapping[Workload, Sequence[Pod]]
    standby: bool = False
    by_hand: Mapping[Workload, Mapping[str, list[str]]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all proxies lead to a pod; a standby needs none."""
        return self.standby or all(self.pods.values())

    def row(self) -> tuple[str, ...]:
        """The environment's line of the table; more than one value, where pods differ, joined by +."""
        colors = _joined(labels_of(pod).get(naming.COLOR_LABEL, "?") for pods in self.pods.values() for pod in pods)
        databases = {connected_database(pod, spec) for spec in workloads.SHOP for pod in self.pods[spec.name]}
        return (
            "standby" if self.standby else self.environment.spoken,
            colors or "nobody",
            *(_joined(map(_image, pods)) for pods in self.pods.values()),
            _joined(databases - {""}),
            " + ".join(str(len(pods)) for pods in self.pods.values()),
        )


def read_serving(
    kubectl: Kubectl,
    expected: Collection[Environment],
    as_wanted: Callable[[list[Serving]], bool] = lambda _: True,
) -> list[Serving]:
    """What each environment's proxies lead to, and the warm standby if there is one.

    Waits a few seconds until the proxies of the `expected` environments lead somewhere, and all is `as_wanted`.
    """

    def complete(now: list[Serving]) -> bool:
        return all(one.complete for one in now if one.environment in expected) and as_wanted(now)

    return look_until(complete, lambda: _read(kubectl), _SETTLE_SECONDS, _PAUSE)


def serving_table(servings: Iterable[Serving]) -> str:
    """The table for the end of an update."""
    headings = ("", "colour", *workloads.names(), "database", "pods")
    rows = [headings, *(serving.row() for serving in servings)]
    return "who serves what, as the cluster says\n" + "\n".join(aligned(rows))


def _read(kubectl: Kubectl) -> list[Serving]:
    items = kubectl.objects(ENDPOINT_SLICE, POD)
    pods = {name_of(pod): pod for pod in of_kind(POD, items)}
    behind: dict[str, list[Pod]] = {}
    slices = of_kind(ENDPOINT_SLICE, items)
    for one in slices:
        names = {end["targetRef"]["name"] for end in one.get("endpoints") or [] if _takes_requests(end)}
        service = labels_of(one).get(_SERVICE_OF_SLICE, "")
        behind.setdefault(service, []).extend(pods[name] for name in sorted(names) if name in pods)
    servings = [
        Serving(
            environment,
            {workload: behind.get(naming.proxy_name(workload, environment), []) for workload in workloads.names()},
            by_hand={
                workload: _by_hand(slices, naming.proxy_name(workload, environment)) for workload in workloads.names()
            },
        )
        for environment in Environment
    ]
    return [*servings, *(_standby(color, pods.values()) for color in _held(servings[0], pods.values()))]


def _by_hand(slices: Iterable[Object], proxy: str) -> dict[str, list[str]]:
    """EndpointSlices that somebody made: kube-proxy uses any slice with the Service's name as its label."""
    return {
        name_of(one): [address for endpoint in one.get("endpoints") or [] for address in endpoint["addresses"]]
        for one in slices
        if labels_of(one).get(_SERVICE_OF_SLICE) == proxy and labels_of(one).get(_MAKER_OF_SLICE) != _CLUSTER
    }


def _held(production: Serving, pods: Iterable[Pod]) -> list[Color]:
    """The standby: a colour with ready pods bound to production that no production proxy leads to."""
    serving = {labels_of(pod).get(naming.COLOR_LABEL) for found in production.pods.values() for pod in found}
    bound = {labels_of(pod).get(naming.COLOR_LABEL) for pod in pods if _is_bound_to_production(pod)}
    return [color for color in Color if serving == {color.other} and color in bound]


def _standby(color: Color, pods: Collection[Pod]) -> Serving:
    found = {
        workload: in_deployment(naming.workload_name(workload, color), filter(_is_bound_to_production, pods))
        for workload in workloads.names()
    }
    return Serving(Environment.PROD, found, standby=True)


def _is_bound_to_production(pod: Mapping[str, Any]) -> bool:
    return is_ready(pod) and labels_of(pod).get(naming.ENVIRONMENT_LABEL) == Environment.PROD


def _takes_requests(endpoint: Mapping[str, Any]) -> bool:
    return bool(endpoint.get("conditions", {}).get("ready")) and endpoint.get("targetRef", {}).get("kind") == "Pod"


def _image(pod: Mapping[str, Any]) -> str:
    return naming.release_of(image_of(pod))


def connected_database(pod: Mapping[str, Any], spec: WorkloadSpec) -> str:
    """The database that a pod is connected to, by its environment variable; empty for a workload that uses none."""
    if not spec.uses_database:
        return ""
    env = own_container(pod).get("env", [])
    return next((str(one.get("value", "?")) for one in env if one["name"] == spec.database_variable), "?")


def _joined(values: Iterable[str]) -> str:
    return " + ".join(sorted(set(values)))
