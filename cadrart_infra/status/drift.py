"""Finds drift by the cluster alone, without the settings (pure).

Only a preview knows what the settings want. The cluster alone shows missing objects, misrouted proxies, lost paths
of the Ingress, network policies that close production's pods, Deployments without enough new pods, and edits.
"""

from collections.abc import Collection, Iterator, Mapping

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.kinds import POD, REPLICA_SET, Object, key_of, labels_of, name_of, of_kind
from cadrart_infra.cluster.pods import has_environment_by_hand, image_by_hand, image_of, in_deployment, what_keeps_pods
from cadrart_infra.drift.field_managers import (
    OTHER_PROGRAM,
    is_changed_by_another_program,
    kubectl_managers,
    other_clients_entries,
    with_other_programs_of_its_record,
)
from cadrart_infra.drift.owner_references import owner_problem
from cadrart_infra.drift.terminating import terminating_problem
from cadrart_infra.model import Color, Environment
from cadrart_infra.preflight.network_policies import closing_policies
from cadrart_infra.promotion.serving import Serving
from cadrart_infra.promotion.unmanaged import abandoned_pods, unmanaged_pods, unmanaged_slices
from cadrart_infra.status.ingress import missing_routes, other_entrances
from cadrart_infra.status.missing_references import SECRETS, deployments_by_reference
from cadrart_infra.status.proxy_ports import wrong_ports


def find_drift(
    objects: Collection[Object], secrets: Mapping[str, str], servings: Collection[Serving] = ()
) -> list[dict[str, str]]:
    """One `object` (kind/name) and `problem` each; empty if the shop is not installed.

    `secrets`: the missing ones, from `missing_secrets`. `servings`: what the proxies lead to.
    """
    found = {key_of(item): item for item in objects}
    ours = _expected_objects()
    if not ours & found.keys():
        return []
    problems = [
        *((key, "is not in the cluster") for key in ours - found.keys()),
        *((key, f"is not in the cluster, and {why}") for key, why in secrets.items()),
        *_missing_references(ours, found),
        *_edited_objects(ours, found),
        *_owned(ours, found),
        *((key, problem) for key in ours & found.keys() if (problem := terminating_problem(found[key]))),
        *_unready_deployments(ours, found),
        *_misrouted_proxies(found),
        *_wrong_ports(found),
        *_edited_pods(found),
        *_abandoned_pods(found, servings),
        *_unmanaged_targets(servings),
        *_ingress_routes(found),
        *other_entrances(found),
        *_closing_policies(found),
    ]
    return [{"object": key, "problem": problem} for key, problem in sorted(problems)]


def _expected_objects() -> set[str]:
    """The objects that every shop has, whatever its settings."""
    colored = workloads.all_deployments()
    proxies = {name for environment in Environment for name in traffic.proxies(environment)}
    maps = {naming.ENVIRONMENT_CONFIG, naming.IDENTITY, *map(naming.config_name, Environment)}
    return {
        *(f"deployment/{name}" for name in {*colored, naming.DATABASE}),
        *(f"service/{name}" for name in {*colored, *proxies, naming.DATABASE}),
        *(f"configmap/{name}" for name in maps),
        f"ingress/{naming.INGRESS}",
        f"networkpolicy/{naming.DATABASE_CLIENTS}",
    }


def _missing_references(ours: Collection[str], found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    for key, names in deployments_by_reference(found.values()).items():
        if key.startswith(SECRETS):
            continue
        if key not in ours and key not in found:
            yield key, f"is not in the cluster, and no new pod of {', '.join(names)} can start without it"
        elif key in found and found[key]["metadata"].get("deletionTimestamp"):
            yield key, f"is being deleted, and no new pod of {', '.join(names)} can start with it"


def _edited_objects(ours: Collection[str], found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    for key in found.keys() & set(ours) - {f"deployment/{naming.DATABASE}"}:  # a restart of the server is by kubectl
        live = with_other_programs_of_its_record(found[key])
        others = [str(entry["manager"]) for entry in other_clients_entries(live)]
        others += [OTHER_PROGRAM] if is_changed_by_another_program(live) else []
        if names := [*kubectl_managers(live), *dict.fromkeys(others)]:
            yield key, f"was changed by {', '.join(names)} since the program wrote it"


def _owned(ours: Collection[str], found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    """Objects with foreign owners; Secrets are not read."""
    for key in found.keys() & {*ours, *deployments_by_reference(found.values())}:
        if problem := owner_problem(found[key]):
            yield key, problem


def _ingress_routes(found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    if ingress := found.get(key := f"ingress/{naming.INGRESS}"):
        yield from ((key, problem) for problem in missing_routes(ingress))


def _closing_policies(found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    if active := _active(found):
        for name, problem in closing_policies(active, list(found.values())):
            yield f"networkpolicy/{name}", problem


def _edited_pods(found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    """Pods with another image or environment than their Deployment's template."""
    for key, pod in found.items():
        name = labels_of(pod).get(naming.SERVICE_LABEL)
        deployment = found.get(f"deployment/{name}")
        if pod["kind"] != POD.name or deployment is None:
            continue
        wanted = image_of(deployment["spec"]["template"])
        if runs := image_by_hand(pod, wanted):
            text = f"was given the image {naming.release_of(runs)}, and its Deployment has {naming.release_of(wanted)}"
            yield key, text
        if has_environment_by_hand(pod, deployment):
            yield key, f"takes no requests, for its label {naming.ENVIRONMENT_LABEL} was changed"


def _abandoned_pods(found: Mapping[str, Object], servings: Collection[Serving]) -> Iterator[tuple[str, str]]:
    """Those that take requests are named with that."""
    serving = {name_of(pod) for _, _, pod, _ in unmanaged_pods(servings)}
    for pod, maker in abandoned_pods(found.values()):
        if name_of(pod) not in serving:
            yield key_of(pod), f"belongs to {maker} no more, for somebody changed its labels, and runs on; delete it"


def _unmanaged_targets(servings: Collection[Serving]) -> Iterator[tuple[str, str]]:
    """Pods and EndpointSlices that take requests and that nobody of the shop manages."""
    for environment, workload, pod, _ in unmanaged_pods(servings):
        proxy = naming.proxy_name(workload, environment)
        text = f"takes requests of {proxy}, and no Deployment of the shop looks after it"
        yield key_of(pod), text
    for proxy, name, addresses in unmanaged_slices(servings):
        text = f"sends requests of {proxy} to {addresses}, and the cluster did not make it"
        yield f"endpointslice/{name}", text


def _unready_deployments(ours: Collection[str], found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    for key in found.keys() & set(ours):
        if key.startswith("deployment/"):
            wanted, status = found[key]["spec"].get("replicas", 1), found[key].get("status", {})
            if (ready := status.get("readyReplicas", 0)) < wanted:
                yield key, f"has {ready} of {wanted} pods ready{_why(found, key)}"
            elif not wanted:
                yield key, "is scaled to no pods"
            elif _is_rollout_stuck(found[key]):
                new = naming.release_of(image_of(found[key]["spec"]["template"]))
                yield key, f"has pods of {new} that are not ready, and goes on with those before{_why(found, key)}"


def _is_rollout_stuck(deployment: Object) -> bool:
    """Whether new pods are missing or not ready; not for a paused Deployment, which waits for somebody.

    The API server omits counts that are 0.
    """
    wanted, status = deployment["spec"].get("replicas", 1), deployment.get("status", {})
    missing = status.get("updatedReplicas", 0) < wanted and not deployment["spec"].get("paused")
    return missing or status.get("replicas", wanted) > wanted


def _why(found: Mapping[str, Object], deployment: str) -> str:
    """The first reason why a Deployment's pods are not ready, as the end of a line; empty if unknown."""
    name = deployment.partition("/")[2]
    pods = of_kind(POD, found.values())
    sets = of_kind(REPLICA_SET, found.values())
    why = next(what_keeps_pods(found[deployment], sets, in_deployment(name, pods)), "")
    return f"; {why}" if why else ""


def _misrouted_proxies(found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    """Proxies whose selector is not what environment-config says, or that this says nothing."""
    color, record = _active(found), f"configmap/{naming.ENVIRONMENT_CONFIG}"
    if color is None:
        if record in found:
            yield record, "does not say which colour is active"
        return
    for name, selector in traffic.routing(color).items():
        live = found.get(f"service/{name}")
        if live and live["spec"].get("selector") != selector:
            leads = (live["spec"].get("selector") or {}).get(naming.SERVICE_LABEL, "nothing")
            yield (
                f"service/{name}",
                f"leads to {leads} by another selector than the program's"
                if leads == selector[naming.SERVICE_LABEL]
                else f"leads to {leads}, and {naming.ENVIRONMENT_CONFIG} says that {color} is active",
            )


def _wrong_ports(found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    for environment in Environment:
        for name, problem in wrong_ports(found, environment):
            yield f"service/{name}", problem


def _active(found: Mapping[str, Object]) -> Color | None:
    """The colour that environment-config calls active; None if it does not say."""
    record = traffic.record_in(found.get(f"configmap/{naming.ENVIRONMENT_CONFIG}", {}).get("data"))
    return next((one for one in Color if traffic.routing(one)[naming.ENVIRONMENT_CONFIG] == record), None)
