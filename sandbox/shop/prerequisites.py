"""What a shop finds before its first `pulumi up`: images on the node, namespace and Secrets; and its settings."""

import base64
import json
import secrets
import subprocess
from collections.abc import Mapping
from typing import Any

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.progress import Progress
from sandbox.shop import images as shop_images

NAMESPACE = "cadrart"


def prepare(cluster: Cluster | OwnCluster, progress: Progress, namespace: str = NAMESPACE) -> None:
    """Loads the stand-in images and makes namespace and Secrets, with new passwords, where they are missing.

    A cluster of the user's own has to have the images already.
    """
    if isinstance(cluster, Cluster):
        _load_images(cluster, progress)
    with progress.step(f"namespace {namespace} with the shop's Secrets"):
        for manifest in _manifests(namespace):
            _create(cluster, manifest)


def _load_images(cluster: Cluster, progress: Progress) -> None:
    present = set(cluster.images())
    for archive in shop_images.archives():
        if not set(shop_images.images_in(archive)) <= present:
            with progress.step(f"images of {archive.name} on the node"):
                cluster.load(archive)


def settings(release: str = "1.0.0", database: str = "mysql", **changes: Any) -> dict[str, Any]:
    """Settings of a stack for the throw-away cluster: the stand-in images, its storage class, no certificates."""
    images = {
        color: {workload: shop_images.image(workload, release) for workload in ("frontend", "backend")}
        for color in ("blue", "green")
    }
    return {
        "activeColor": "blue",
        "images": images,
        "pull": {"policy": "IfNotPresent", "secret": ""},
        # The server's live limit is a tenth of a core: a first start would take minutes.
        "database": {"image": shop_images.database_image(database), "cpuLimit": "1", "memoryLimit": "1Gi"},
        "storage": {"className": "sandbox"},
        "ingress": {"issuer": ""},
        **changes,
    }


def _manifests(namespace: str) -> list[dict[str, Any]]:
    app = {
        "DATABASE_USER": "atelier-cadrart",
        **{key: secrets.token_urlsafe(18) for key in ("DATABASE_PASSWORD", "DATABASE_ROOT_PASSWORD")},
        **{key: secrets.token_urlsafe(18) for key in ("JWT_SECRET", "TEST_ENDPOINT_SECRET")},
    }
    metrics = {"metrics-api-key": secrets.token_urlsafe(18)}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        _secret(namespace, "cadrart-secret", app),
        _secret(namespace, "cadrart-metrics-secret", metrics),
    ]


def _secret(namespace: str, name: str, values: Mapping[str, str]) -> dict[str, Any]:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _create(cluster: Cluster | OwnCluster, manifest: Mapping[str, Any]) -> None:
    """Creates an object unless it exists; through standard input, for an argument list can be read by anybody."""
    done = cluster.run(
        ["kubectl", "create", "-f", "-"],
        input=json.dumps(manifest),
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode and "AlreadyExists" not in done.stderr:
        raise SandboxError(
            f"{manifest['kind']} {manifest['metadata']['name']} could not be created: {done.stderr.strip()}"
        )
