"""The kinds of objects that are read, and where the API server has them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Object = Mapping[str, Any]
"""An object of the cluster, as its JSON has it."""
Objects = Sequence[Object]


class Kind(NamedTuple):
    """A kind of object in a namespace: its name in manifests, its API as in a URL, its plural there."""

    name: str
    api: str
    plural: str

    @property
    def version(self) -> str:
        """Its `apiVersion` in manifests, e.g. `apps/v1`."""
        return self.api.partition("/")[2]

    def path(self, namespace: str, name: str = "") -> str:
        """The path of one object at the API server, or of all of the kind."""
        return f"/{self.api}/namespaces/{namespace}/{self.plural}{'/' if name else ''}{name}"


def of_kind(kind: Kind, objects: Iterable[Object]) -> list[Object]:
    """Those of the objects that are of this kind."""
    return [item for item in objects if item["kind"] == kind.name]


def object_named(kind: Kind, name: str, objects: Iterable[Object]) -> Object | None:
    """The one of the objects that has this kind and name; None where there is none."""
    return next((item for item in of_kind(kind, objects) if name_of(item) == name), None)


def name_of(item: Object) -> str:
    """An object's name."""
    return str(item["metadata"]["name"])


def labels_of(item: Object) -> Mapping[str, str]:
    """An object's labels, or a template's; one that somebody made may have none."""
    return item.get("metadata", {}).get("labels") or {}


def annotations_of(item: Object) -> Mapping[str, str]:
    """An object's annotations, or a template's; one that somebody made may have none."""
    return item.get("metadata", {}).get("annotations") or {}


def key_of(item: Object) -> str:
    """An object as people and kubectl name it, e.g. `service/db`."""
    return f"{item['kind'].lower()}/{name_of(item)}"


CONFIG_MAP = Kind("ConfigMap", "api/v1", "configmaps")
CLAIM = Kind("PersistentVolumeClaim", "api/v1", "persistentvolumeclaims")
DEPLOYMENT = Kind("Deployment", "apis/apps/v1", "deployments")
ENDPOINT_SLICE = Kind("EndpointSlice", "apis/discovery.k8s.io/v1", "endpointslices")
EVENT = Kind("Event", "api/v1", "events")
INGRESS = Kind("Ingress", "apis/networking.k8s.io/v1", "ingresses")
JOB = Kind("Job", "apis/batch/v1", "jobs")
LEASE = Kind("Lease", "apis/coordination.k8s.io/v1", "leases")
NAMESPACE = Kind("Namespace", "api/v1", "namespaces")
NETWORK_POLICY = Kind("NetworkPolicy", "apis/networking.k8s.io/v1", "networkpolicies")
DISRUPTION_BUDGET = Kind("PodDisruptionBudget", "apis/policy/v1", "poddisruptionbudgets")
POD = Kind("Pod", "api/v1", "pods")
REPLICA_SET = Kind("ReplicaSet", "apis/apps/v1", "replicasets")
SECRET = Kind("Secret", "api/v1", "secrets")
SERVICE = Kind("Service", "api/v1", "services")
COMPARED = (SERVICE, CONFIG_MAP, DEPLOYMENT, INGRESS, NETWORK_POLICY, DISRUPTION_BUDGET)
"""Those that the program declares and compares with what the cluster has."""
DECLARED = (*COMPARED, CLAIM)
"""Those that the program declares. A claim is not compared: it can hardly be changed, and people enlarge it."""
