"""Unmanaged pods: of no Deployment behind a proxy, taken out of one by a label, or let go by their Deployment (pure).

A Service selects by labels alone: whoever edits them on a pod adds it to a proxy or removes it. The Deployment does not
notice, or makes another pod, and an update has nothing to write. EndpointSlices that somebody made are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import DEPLOYMENT, POD, Object, labels_of, name_of, of_kind
from cadrart_infra.cluster.pods import Pod, has_environment_by_hand, is_ending, is_made_by, is_ready, owners_of
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.plan.routes import Routes
from cadrart_infra.promotion.admission_check import SwitchRefused
from cadrart_infra.promotion.serving import Serving, connected_database


def is_unmanaged(pod: Pod, workload: Workload) -> bool:
    """Whether no colour's Deployment of the workload manages the pod."""
    return not any(is_made_by(pod, naming.workload_name(workload, color)) for color in Color)


def unmanaged_pods(servings: Iterable[Serving]) -> Iterator[tuple[Environment, Workload, Pod, str]]:
    """The unmanaged pods behind proxies, each with the database that it is connected to."""
    for serving in servings:
        for workload, pods in {} if serving.standby else serving.pods.items():
            spec = workloads.spec_of(workload)
            for pod in pods:
                if is_unmanaged(pod, workload):
                    yield serving.environment, workload, pod, connected_database(pod, spec)


def unmanaged_slices(servings: Iterable[Serving]) -> Iterator[tuple[str, str, str]]:
    """The EndpointSlices that somebody made for a proxy: proxy, slice, and its addresses as one text."""
    for serving in servings:
        for workload, slices in serving.by_hand.items():
            proxy = naming.proxy_name(workload, serving.environment)
            yield from ((proxy, name, ", ".join(addresses)) for name, addresses in slices.items())


def unmanaged_targets(servings: Collection[Serving], staging: str, namespace: str) -> Iterator[str]:
    """A line for each unmanaged pod and slice behind a proxy.

    Pods behind staging's proxies count only if they are connected to another database than `staging`: a tester's own
    pod does no harm.
    """
    for environment, workload, pod, database in unmanaged_pods(servings):
        if environment is Environment.STG and database in ("", staging):
            continue
        yield _stray(f"{naming.proxy_name(workload, environment)} leads", pod, database, namespace)
    for proxy, name, addresses in unmanaged_slices(servings):
        yield (
            f"{proxy} also leads to {addresses}, by the EndpointSlice {name}, which the cluster did not make: a part "
            "of the requests goes there, whatever answers. Take it away: "
            f"kubectl -n {namespace} delete endpointslice {name}"
        )


def require_no_strays(
    routes: Routes, objects: Iterable[Pod], production: str, namespace: str, warn: Callable[[str], None]
) -> None:
    """Raises SwitchRefused for an unmanaged pod that a switch would bring behind production's proxies.

    `warn` is called for one that is connected to the database `production`, or to none: the way back is not held up.
    """
    pods = [one for one in of_kind(POD, objects) if not is_ending(one)]
    refused: list[str] = []
    for spec in workloads.SHOP:
        proxy = naming.proxy_name(spec.name, Environment.PROD)
        wanted = routes.selectors[proxy].items() if proxy in routes.rerouted else None
        for pod in (one for one in pods if wanted and wanted <= labels_of(one).items()):
            if is_unmanaged(pod, spec.name):
                database = connected_database(pod, spec)
                line = _stray(f"{proxy} would lead", pod, database, namespace)
                (warn if database in ("", production) else refused.append)(line)
    if refused:
        first = "Production would get pods that are connected to another database; nothing was changed."
        raise SwitchRefused("\n".join([first, *(f"  {line}" for line in refused)]))


def _stray(leads: str, pod: Pod, database: str, namespace: str) -> str:
    name, connected = pod["metadata"]["name"], f" It is connected to {database}." if database else ""
    return (
        f"{leads} to pod {name}, which no Deployment of the shop looks after: somebody made it, or changed its "
        f"labels.{connected} It stays as it is, whatever is released. End it: kubectl -n {namespace} delete pod {name}"
    )


def abandoned_pods(objects: Iterable[Object]) -> list[tuple[Pod, str]]:
    """The running pods that were let go, and the Deployment that each was made for.

    A ReplicaSet lets a pod go whose labels somebody changed, and makes another one. The former runs on, with its
    database and its volumes.
    """
    pods = (item for item in of_kind(POD, objects) if not owners_of(item))
    return [(pod, maker) for pod in pods if (maker := _maker_of(pod)) and _runs(pod)]


def abandoned_lines(objects: Iterable[Object], namespace: str) -> Iterator[str]:
    """A line for each of the `abandoned_pods`."""
    for pod, maker in abandoned_pods(objects):
        yield (
            f"Pod {name_of(pod)} belongs to {maker} no more, for somebody changed its labels; it runs on, whatever is "
            f"released. End it: kubectl -n {namespace} delete pod {name_of(pod)}"
        )


def _maker_of(pod: Pod) -> str:
    """By the beginning of the name that the API server was to complete; empty for a pod that no Deployment made."""
    given = str(pod["metadata"].get("generateName", ""))
    return next((one for one in (*workloads.all_deployments(), naming.DATABASE) if given.startswith(f"{one}-")), "")


def _runs(pod: Pod) -> bool:
    phase = pod.get("status", {}).get("phase")
    return phase not in ("Succeeded", "Failed") and not is_ending(pod)


def relabelled_pods(objects: Iterable[Object], active: Color, namespace: str) -> Iterator[str]:
    """A line for each ready pod of production that takes no requests because its label was changed.

    `objects`: the namespace's Deployments and pods.
    """
    found = list(objects)
    deployments = {name_of(one): one for one in of_kind(DEPLOYMENT, found)}
    for workload in workloads.names():
        deployment = naming.workload_name(workload, active)
        if deployment not in deployments:
            continue
        for pod in of_kind(POD, found):
            if is_ready(pod) and has_environment_by_hand(pod, deployments[deployment]):
                name = name_of(pod)
                yield (
                    f"Somebody changed the label {naming.ENVIRONMENT_LABEL} of pod {name}: "
                    f"{naming.proxy_name(workload, Environment.PROD)} does not lead to it, and its Deployment, "
                    f"{deployment}, counts it as one of production's. To have a new pod in its place: "
                    f"kubectl -n {namespace} delete pod {name}"
                )
