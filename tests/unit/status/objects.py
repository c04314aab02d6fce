"""A whole shop as the API server gives it, with pods behind its proxies; blue is production."""

import copy
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.cluster.manifests import service_ports
from cadrart_infra.components.ingress import ingress_spec
from cadrart_infra.model import Color, Environment
from tests.unit.plans import BLUE_IS_PRODUCTION
from tests.unit.promotion.serving_pods import BY_THE_CLUSTER

NOW = datetime(2026, 1, 4, 10, tzinfo=UTC)
HOSTS = {Environment.PROD: "shop.example.com", Environment.STG: "test.example.com"}
PROVIDER = {
    "manager": "pulumi-kubernetes-1",
    "time": "2026-01-01T10:00:00Z",
    "fieldsV1": {"f:spec": {"f:selector": {}}, "f:data": {}},
}


def shop() -> list[dict[str, Any]]:
    """Copies of the objects, as the program wrote them three days before NOW."""
    found = copy.deepcopy(BLUE_IS_PRODUCTION)
    names = {item["metadata"]["name"] for item in found}
    found += [_named("Service", name) for color in Color for name in workloads.deployments(color) if name in names]
    found += [_named("ConfigMap", name) for name in (naming.IDENTITY, *map(naming.config_name, Environment))]
    found += [
        {**_named("Service", "db"), "spec": {"selector": dict(naming.DATABASE_LABELS), "ports": [{"port": 3306}]}},
        {**_named("Ingress", naming.INGRESS), "spec": ingress_spec(HOSTS, "nginx", "tls")},
    ]
    clients = {"podSelector": {"matchLabels": dict(naming.DATABASE_LABELS)}}
    found.append({**_named("NetworkPolicy", naming.DATABASE_CLIENTS), "spec": clients})
    template = {"spec": {"containers": [{"image": "mysql:8.4"}]}}
    found.append(
        {
            **_named("Deployment", "db"),
            "spec": {"template": template},
            "status": {"updatedReplicas": 1, "readyReplicas": 1},
        }
    )
    for item in found:
        item["metadata"]["managedFields"] = [PROVIDER]
        for spec in workloads.SHOP:
            if item["metadata"]["name"] in {naming.proxy_name(spec.name, one) for one in Environment}:
                item["spec"]["ports"] = service_ports({port.proxy_name: port.number for port in spec.ports})
    return [*found, server_pod(), *(_pod(color, workload) for color in Color for workload in workloads.names())]


def shop_without_server() -> list[dict[str, Any]]:
    """The same without the server's pod; those of the backend still count as ready, as nothing asks them for rows."""
    return [one for one in shop() if one["metadata"]["name"] != server_pod()["metadata"]["name"]]


def server_pod(*, ready: bool = True) -> dict[str, Any]:
    """The database server's pod."""
    return {
        "kind": "Pod",
        "metadata": {"name": "db-x", "labels": dict(naming.DATABASE_LABELS)},
        "spec": {"containers": [{"image": "mysql:8.4"}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def _named(kind: str, name: str) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": {}, "data": {}}


def _pod(color: Color, workload: Any) -> dict[str, Any]:
    environment = Environment.PROD if color is Color.BLUE else Environment.STG
    database = "atelier-cadrart" if environment is Environment.PROD else "atelier-cadrart-stg"
    image = f"shop/{workload}:1"
    return {
        "kind": "Pod",
        "metadata": {
            "name": f"{workload}-{color}-x",
            "labels": naming.pod_labels(workload, color, environment),
            "creationTimestamp": "2026-01-02T10:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{workload}-{color}-6875fb4967"}],
        },
        "spec": {"containers": [{"image": image, "env": [{"name": "CADRART_DB_DATABASE", "value": database}]}]},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"imageID": f"docker.io/shop/{workload}@sha256:{color}{workload}"}],
        },
    }


def slices() -> list[dict[str, Any]]:
    """What the proxies lead to."""
    return [
        {
            "kind": "EndpointSlice",
            "metadata": {
                "labels": {"kubernetes.io/service-name": naming.proxy_name(workload, environment), **BY_THE_CLUSTER}
            },
            "endpoints": [
                {"conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": f"{workload}-{color}-x"}}
            ],
        }
        for color, environment in ((Color.BLUE, Environment.PROD), (Color.GREEN, Environment.STG))
        for workload in workloads.names()
    ]


class ShopKubectl:
    """Answers with these objects; nobody holds the Lease, and no Secret is missing but these."""

    namespace, context = "cadrart", ""

    def __init__(self, objects: list[dict[str, Any]], missing_secrets: Collection[str] = ()) -> None:
        self._objects, self._missing_secrets = objects, missing_secrets

    def objects(self, *kinds: Kind, **_options: Any) -> list[dict[str, Any]]:
        names = {kind.name for kind in kinds}
        return [item for item in self._objects if item["kind"] in names]

    def find(self, _kind: Kind, _name: str, _timeout: float = 30) -> None:
        return None

    def would_create(self, _kind: Kind, manifest: dict[str, Any]) -> bool:
        return manifest["metadata"]["name"] in self._missing_secrets

    def now(self, _timeout: float = 5) -> datetime:
        return NOW
