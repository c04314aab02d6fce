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


def restarts(pods: Iterable[Pod]) -> dict[str, int]:
    """How often each container was started again, by `pod/container`; what never was is left out."""
    return {
        f"{pod['metadata']['name']}/{container['name']}": container["restartCount"]
        for pod in pods
        for container in pod.get("status", {}).get("containerStatuses", [])
        if container["restartCount"]
    }
