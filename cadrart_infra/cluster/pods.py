"""What the API server says of a pod."""

from collections.abc import Iterable, Mapping
from typing import Any

Pod = Mapping[str, Any]


def is_ready(pod: Pod) -> bool:
    """Whether Kubernetes sends requests to the pod: ready, and not on its way out."""
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def pulled_as(container: Mapping[str, Any]) -> str:
    """The digest of the image that a container (its status) really runs: a tag may have been pushed again since."""
    return str(container.get("imageID", "")).rpartition("@")[2]


def short_digest(digest: str) -> str:
    """The part of a digest that people compare."""
    return digest.removeprefix("sha256:")[:12]


def digests(pods: Iterable[Pod]) -> frozenset[str]:
    """What the first container of these pods was pulled as, where a runtime has said so."""
    return frozenset(digest for pod in pods if (digest := _pulled_as(pod)))


def _pulled_as(pod: Pod) -> str:
    first = pod["spec"]["containers"][0]
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return next((pulled_as(status) for status in statuses if status.get("name") == first.get("name")), "")


def restarts(pods: Iterable[Pod]) -> dict[str, int]:
    """How often each container was started again, by `pod/container`; what never was is left out."""
    return {
        f"{pod['metadata']['name']}/{container['name']}": container["restartCount"]
        for pod in pods
        for container in pod.get("status", {}).get("containerStatuses", [])
        if container["restartCount"]
    }
