"""Objects that were declared, as the API server takes them."""

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import Resources


def plain(value: Any) -> Any:
    """Without what is None, and with whole numbers: over the engine's wire every number is a float."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def service_ports(ports: Mapping[str, int]) -> list[dict[str, Any]]:
    """A Service's ports by their names, each the same as the pods'."""
    return [{"name": name, "port": number, "targetPort": number} for name, number in ports.items()]


def container_resources(resources: Resources) -> dict[str, dict[str, str]]:
    """What a container asks for, and its limits."""
    return {
        "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
        "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
    }


def make_unless_there(kubectl: Kubectl, declared: Any) -> None:
    """Creates a declared object; one that exists already is left as it is. Raises ClusterError."""
    try:
        kubectl.create(plain(declared))
    except ClusterError as error:
        if "AlreadyExists" not in str(error):
            raise
