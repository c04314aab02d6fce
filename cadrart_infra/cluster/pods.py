"""What the API server says of a pod."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from cadrart_infra import naming
from cadrart_infra.cluster.conditions import condition_holds, condition_of
from cadrart_infra.cluster.container_ends import how_it_ended, last_end
from cadrart_infra.cluster.kinds import REPLICA_SET, Object, labels_of, name_of, of_kind

Pod = Mapping[str, Any]
ItemT = TypeVar("ItemT", bound=Mapping[str, Any])

# Why a container waits, in the node's own words (`state.waiting.reason`).
NEVER_PULLED = frozenset({"InvalidImageName", "ErrImageNeverPull"})
"""Its image cannot be had, and the node does not try again."""
NOT_PULLED = NEVER_PULLED | {"ErrImagePull", "ImagePullBackOff", "ImageInspectError"}
"""Its image could not be had at the last try."""
NOT_CONFIGURED = "CreateContainerConfigError"
"""A ConfigMap, a Secret or a key that it needs is not there."""
_PREEMPTION = re.compile(r"\s+(no new claims to deallocate, )?preemption: .*", re.DOTALL)
"""What the scheduler adds: that no other pod would be removed for this one."""


def is_ready(pod: Pod) -> bool:
    """Whether Kubernetes sends requests to the pod: ready, and not on its way out."""
    return condition_holds(pod, "Ready") and not is_ending(pod)


def is_ending(pod: Pod) -> bool:
    """Whether the pod is on its way out."""
    return "deletionTimestamp" in pod["metadata"]


def short_digest(digest: str) -> str:
    """The part of a digest that people compare."""
    return digest.removeprefix("sha256:")[:12]


def selector_of(labels: Mapping[str, str]) -> str:
    """The API server's question for what has all of these labels."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def of_deployment(name: str) -> str:
    """The API server's question for the pods and ReplicaSets of a Deployment of the shop."""
    return selector_of({naming.SERVICE_LABEL: name})


def in_deployment(name: str, items: Iterable[ItemT]) -> list[ItemT]:
    """The same among pods and ReplicaSets that were read."""
    return [one for one in items if labels_of(one).get(naming.SERVICE_LABEL) == name]


def own_container(pod: Pod) -> Mapping[str, Any]:
    """The container that the shop has made of a pod, or of a template.

    A webhook, or somebody, may have put others beside it, and before it: its name is that of its Deployment. Where
    none has that name, the first one.
    """
    containers: list[Mapping[str, Any]] = pod["spec"]["containers"]
    name = labels_of(pod).get(naming.SERVICE_LABEL)
    return next((one for one in containers if name and one.get("name") == name), containers[0])


def image_of(pod: Pod) -> str:
    """What the shop's own container of a pod, or of a template, is to run."""
    return str(own_container(pod)["image"])


def owners_of(item: Mapping[str, Any]) -> set[str | None]:
    """The uids of the objects that a pod or a ReplicaSet belongs to."""
    return {owner.get("uid") for owner in item["metadata"].get("ownerReferences") or []}


def is_made_by(pod: Pod, deployment: str) -> bool:
    """Whether a Deployment looks after a pod, by one of its ReplicaSets.

    One lets a pod go, and makes another, when somebody changes a label that it asks for.
    """
    owners = pod["metadata"].get("ownerReferences") or []
    return any(one["kind"] == REPLICA_SET.name and one["name"].rpartition("-")[0] == deployment for one in owners)


def has_environment_by_hand(pod: Pod, deployment: Mapping[str, Any]) -> bool:
    """Whether somebody gave a pod of this Deployment another environment than that has, or took it away.

    Pods of before a switch have the other one as well: theirs was written by who made them.
    """
    wanted, has = _environment_of(deployment["spec"]["template"]), _environment_of(pod)
    if wanted is None or has == wanted or not is_made_by(pod, deployment["metadata"]["name"]):
        return False
    return has is None or any(
        f"f:{naming.ENVIRONMENT_LABEL}" in entry["fieldsV1"].get("f:metadata", {}).get("f:labels", {})
        and "f:generateName" not in entry["fieldsV1"]["f:metadata"]
        for entry in pod["metadata"].get("managedFields") or []
    )


def _environment_of(item: Mapping[str, Any]) -> str | None:
    return labels_of(item).get(naming.ENVIRONMENT_LABEL)


def replica_set_of(deployment: str, objects: Iterable[Object]) -> Mapping[str, Any] | None:
    """A ReplicaSet of one of the shop's Deployments, among objects; None where there is none."""
    return next(iter(in_deployment(deployment, of_kind(REPLICA_SET, objects))), None)


def image_asked_for(pod: Pod, replica_sets: Iterable[Object]) -> str:
    """What a pod's ReplicaSet has the shop's own container run.

    A webhook may name the same otherwise in the pod: on a mirror, or by its digest. Where none of these made the pod,
    or somebody changed it, it is what the pod runs.
    """
    maker = next((one for one in replica_sets if one["metadata"].get("uid") in owners_of(pod)), None)
    return image_of(pod if maker is None or was_changed(pod) else maker["spec"]["template"])


def was_changed(pod: Pod) -> bool:
    """Whether somebody else than who made the pod has written its containers; what a webhook wrote is the maker's.

    By the API server's own record. The maker is the one that wrote `generateName`, which nobody can write later: on k3s
    it has another name (`k3s`) than elsewhere (`kube-controller-manager`).
    """
    return any(
        "f:containers" in entry["fieldsV1"].get("f:spec", {})
        and "f:generateName" not in entry["fieldsV1"].get("f:metadata", {})
        for entry in pod["metadata"].get("managedFields") or []
        if not entry.get("subresource")
    )


def image_by_hand(pod: Pod, wanted: str) -> str:
    """The image that somebody gave a pod instead of its Deployment's, `wanted`; empty if nobody did."""
    runs = image_of(pod)
    return runs if runs != wanted and was_changed(pod) else ""


def image_digests(pods: Iterable[Pod]) -> frozenset[str]:
    """The image digests of the shop's containers in these pods, where the runtime reports them.

    A tag may have been pushed again since.
    """
    return frozenset(digest for pod in pods if (digest := _pulled_as(pod)))


def _pulled_as(pod: Pod) -> str:
    own = own_container(pod)
    statuses = pod.get("status", {}).get("containerStatuses") or []
    image = next((one.get("imageID") for one in statuses if one.get("name") == own.get("name")), "")
    return str(image or "").rpartition("@")[2]


def what_keeps_pods(
    deployment: Mapping[str, Any], replica_sets: Iterable[Object], pods: Collection[Pod]
) -> Iterator[str]:
    """What keeps a Deployment's pods from running, from being made, or from a node, in the cluster's own words.

    `pods`: the Deployment's. `replica_sets`: those of the namespace, asked as well: a paused Deployment, as the
    database server's is, says nothing of pods that its ReplicaSets are refused.
    """
    uid = deployment["metadata"].get("uid")
    makers = [deployment, *(one for one in replica_sets if uid in owners_of(one))]
    yield from what_keeps_containers(pods)
    yield from filter(None, map(refusal_of_pods, makers))
    yield from filter(None, map(why_unscheduled, pods))


def what_keeps_containers(pods: Iterable[Pod]) -> Iterator[str]:
    """What keeps containers of these pods from running: how they ended, what they wait for, or a node that is away."""
    for pod in pods:
        if is_ready(pod) or is_ending(pod):
            continue
        # Their node said so last; since then the cluster has heard nothing of it.
        if condition_holds(pod, "ContainersReady"):
            why = condition_of(pod, "Ready").get("message") or f"its node {pod['spec'].get('nodeName')} does not answer"
            yield f"{name_of(pod)}: {why}"
            continue
        for container in pod.get("status", {}).get("containerStatuses", []):
            name, waiting = name_of(pod), container["state"].get("waiting", {})
            if ended := last_end(container):
                ends = how_it_ended(pod, container["name"], ended)
                yield f"{name}: {ends}, {container['restartCount']} restarts so far"
            elif waiting.get("message"):
                yield f"{name}: {waiting['reason']}: {' '.join(waiting['message'].split())}"


def why_unscheduled(pod: Pod) -> str:
    """Why the pod is not scheduled, in the cluster's words; empty if it is, or the cluster does not say yet."""
    said = condition_of(pod, "PodScheduled")
    why = _PREEMPTION.sub("", said.get("message", "no node takes it"))
    return why if said.get("status") == "False" else ""


def refusal_of_pods(owner: Mapping[str, Any]) -> str:
    """Why the cluster makes no more pods for a Deployment or a ReplicaSet, in its words; empty if it does."""
    said = condition_of(owner, "ReplicaFailure")
    return str(said.get("message") or said.get("reason", "")) if said.get("status") == "True" else ""


def restart_counts(pods: Iterable[Pod]) -> dict[str, int]:
    """How often each container was started again, by `pod/container`; what never was is left out."""
    return {
        f"{pod['metadata']['name']}/{container['name']}": container["restartCount"]
        for pod in pods
        for container in pod.get("status", {}).get("containerStatuses", [])
        if container["restartCount"]
    }
