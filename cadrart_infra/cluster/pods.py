"""What the API server says of a pod."""

from collections.abc import Mapping
from typing import Any

Pod = Mapping[str, Any]


def is_ready(pod: Pod) -> bool:
    """Whether Kubernetes sends requests to the pod: ready, and not on its way out."""
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]
