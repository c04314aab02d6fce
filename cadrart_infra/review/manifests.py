"""Parts that the manifests of a review are built from (pure functions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import Kind, Object
from cadrart_infra.cluster.manifests import plain, service_ports


def service_spec(selector: Mapping[str, str], ports: Mapping[str, int]) -> Object:
    """The spec of a Service: the pods that it leads to, and its ports by their names."""
    return {"selector": dict(selector), "ports": service_ports(ports)}


def manifest(kind: Kind, name: str, **content: Any) -> Object:
    """An object of a review; `content`: what it has besides its name, e.g. `spec`."""
    metadata = {"name": name, "labels": naming.MADE_BY_PROGRAM}
    return {"apiVersion": kind.version, "kind": kind.name, "metadata": metadata, **plain(content)}


def without_volumes(pod: Object) -> Object:
    """The pod with empty folders of its own instead of claims."""
    return {**pod, "volumes": [{"name": volume["name"], "emptyDir": {}} for volume in pod.get("volumes", [])]}
