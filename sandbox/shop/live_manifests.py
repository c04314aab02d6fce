"""The shop as `kubectl apply` made it on the live cluster: one database, and proxies that select by colour alone."""

import json
import time
from collections.abc import Iterator
from typing import Any

from sandbox.cluster.manifests import STORAGE_CLASS
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop

Manifest = dict[str, Any]
_SECRETS = {"CADRART_DB_USERNAME": "DATABASE_USER", "CADRART_DB_PASSWORD": "DATABASE_PASSWORD"}
_DATABASE_SECRETS = {
    "MYSQL_USER": "DATABASE_USER",
    "MYSQL_PASSWORD": "DATABASE_PASSWORD",
    "MYSQL_ROOT_PASSWORD": "DATABASE_ROOT_PASSWORD",
}
_STATIC_FILES = {"name": "static-volume", "mountPath": "/var/www/static"}
_CONFIG = {
    "DATABASE_TYPE": "mysql",
    "DATABASE_PORT": "3306",
    "DATABASE_DATABASE": "atelier-cadrart",
    "STATIC_ROOT": "/var/www/static",
    "ENVIRONMENT": "PROD",
}


def install(shop: Shop, database: str) -> None:
    """Applies the live manifests, with a database server of this kind, and waits until the shop answers."""
    for manifest in _manifests(database):
        shop.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    for name in ("db", "backend-blue", "backend-green", "frontend-blue", "frontend-green"):
        shop.kubectl("rollout", "status", f"deployment/{name}", "--timeout=180s")
    for _ in range(20):  # the node learns of the pods behind a Service a moment after they are ready
        if "database" in shop.fetch("backend-prod-proxy", "/api/health/live"):
            return
        time.sleep(0.5)
    raise AssertionError("the live shop does not answer")


def _manifests(database: str) -> Iterator[Manifest]:
    yield _object("v1", "ConfigMap", "cadrart-config", data=_CONFIG)
    for claim in ("db-volume", "static-volume", "cadrart-logs-pvc"):
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": STORAGE_CLASS,
            "resources": {"requests": {"storage": "10Gi"}},
        }
        yield _object("v1", "PersistentVolumeClaim", claim, spec=spec)
    yield from _workload("db", {"io.kompose.service": "db"}, _database(database), {"mysql": 3306})
    for color in ("blue", "green"):
        labels = {"io.kompose.service": f"backend-{color}", "environment": color}
        yield from _workload(f"backend-{color}", labels, _backend(color), {"http": 3000, "ws": 8001})
        labels = {"io.kompose.service": f"frontend-{color}", "environment": color}
        yield from _workload(f"frontend-{color}", labels, _frontend(), {"http": 8080})
    yield _object("v1", "ConfigMap", "environment-config", data={"COLOR_PROD": "blue", "COLOR_TEST": "green"})
    for proxy, color in (("prod", "blue"), ("test", "green")):
        for workload, ports in (("frontend", {"http": 8080}), ("backend", {"api": 3000, "websocket": 8001})):
            name = f"{workload}-{proxy}-proxy"
            yield _service(name, {"io.kompose.service": f"{workload}-{color}"}, {"app": name}, ports)


def _database(kind: str) -> Manifest:
    env = [
        _from_config("MYSQL_DATABASE", "DATABASE_DATABASE"),
        {"name": "MYSQL_ROOT_HOST", "value": "localhost"},
        *(_from_secret(variable, key) for variable, key in _DATABASE_SECRETS.items()),
    ]
    volume = {"name": "db-volume", "mountPath": "/var/lib/mysql", "subPath": "mysql"}
    probe = {"tcpSocket": {"port": 3306}, "periodSeconds": 2}
    # The live limit is a tenth of a core: a first start would take minutes.
    resources = {"requests": {"cpu": "25m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}}
    return {
        "image": shop_images.database_image(kind),
        "env": env,
        "resources": resources,
        "volumeMounts": [volume],
        "readinessProbe": probe,
    }


def _backend(color: str) -> Manifest:
    env = [
        {"name": "CADRART_DB_HOST", "value": "db"},
        *(_from_config(f"CADRART_DB_{part}", f"DATABASE_{part}") for part in ("DATABASE", "TYPE", "PORT")),
        *(_from_config(key, key) for key in ("STATIC_ROOT", "ENVIRONMENT")),
        *(_from_secret(variable, key) for variable, key in _SECRETS.items()),
        _from_secret("CORS_ORIGINS", "JWT_SECRET"),  # a Secret's key today, one of the ConfigMap's tomorrow
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "DEPLOYMENT_COLOR", "value": color},
    ]
    return {
        "image": shop_images.image("backend", "1.0.0"),
        "env": env,
        "readinessProbe": {"httpGet": {"path": "/api/health/live", "port": 3000}, "periodSeconds": 2},
        "volumeMounts": [_STATIC_FILES, {"name": "cadrart-logs-pvc", "mountPath": "/var/log/cadrart"}],
        "securityContext": {"runAsUser": 1000, "runAsGroup": 1000},
    }


def _frontend() -> Manifest:
    return {"image": shop_images.image("frontend", "1.0.0"), "volumeMounts": [_STATIC_FILES]}


def _workload(name: str, labels: dict[str, str], container: Manifest, ports: dict[str, int]) -> Iterator[Manifest]:
    volumes = [
        {"name": mount["name"], "persistentVolumeClaim": {"claimName": mount["name"]}}
        for mount in container.get("volumeMounts", [])
    ]
    pod = {"containers": [{"name": name, **container}], "volumes": volumes}
    spec = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    yield _object("apps/v1", "Deployment", name, labels, spec=spec)
    yield _service(name, labels, labels, ports)


def _service(name: str, selector: dict[str, str], labels: dict[str, str], ports: dict[str, int]) -> Manifest:
    listed = [{"name": port, "port": number, "targetPort": number} for port, number in ports.items()]
    return _object("v1", "Service", name, labels, spec={"selector": selector, "ports": listed})


def _from_config(variable: str, key: str) -> Manifest:
    return {"name": variable, "valueFrom": {"configMapKeyRef": {"name": "cadrart-config", "key": key}}}


def _from_secret(variable: str, key: str) -> Manifest:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": "cadrart-secret", "key": key}}}


def _object(api: str, kind: str, name: str, labels: dict[str, str] | None = None, **content: Any) -> Manifest:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels or {}}, **content}
