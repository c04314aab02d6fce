"""What a shop finds before its first `pulumi up`: images on the node, namespace and Secrets; and its settings."""

import base64
import json
import secrets
import subprocess
from collections.abc import Mapping
from typing import Any

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.manifests import STORAGE_CLASS
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.locks import one_at_a_time
from sandbox.progress import Progress
from sandbox.shop import images as shop_images
from sandbox.shop.namespaces import OwnedNamespace

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def prepare(namespace: OwnedNamespace, progress: Progress) -> None:
    """Loads the stand-in images and makes namespace and Secrets, with new passwords, where they are missing.

    A cluster of the user's own has to have the images already. Raises SandboxError, before anything is changed, where
    the namespace is somebody else's.
    """
    cluster = namespace.cluster
    if isinstance(cluster, Cluster):
        _load_images(cluster, progress)
    with progress.step(f"namespace {namespace.name} with the shop's Secrets"):
        namespace.make()
        for manifest in _manifests(namespace.name):
            _create(cluster, manifest)


def storage_class(cluster: Cluster | OwnCluster) -> str:
    """The throw-away cluster's only class, or the default class of a cluster of the user's own."""
    if isinstance(cluster, Cluster):
        return STORAGE_CLASS
    listed = cluster.run(["kubectl", "get", "storageclasses", "-o", "json"], stdout=subprocess.PIPE, text=True)
    classes = json.loads(listed.stdout)["items"] if listed.returncode == 0 else []
    for each in classes:
        if each["metadata"].get("annotations", {}).get(_DEFAULT_CLASS) == "true":
            return str(each["metadata"]["name"])
    names = ", ".join(each["metadata"]["name"] for each in classes) or "none"
    raise SandboxError(
        f"Your cluster has no default StorageClass, so no volume can be asked for (there are: {names}). "
        "Nothing was changed.\n"
        f"Make one the default: kubectl annotate storageclass NAME {_DEFAULT_CLASS}=true"
    )


def _load_images(cluster: Cluster, progress: Progress) -> None:
    """One process loads them: the node refuses an image that another one imports at the same moment."""
    archives = shop_images.archives()
    with one_at_a_time(f"images-{cluster.name}", progress, "loads the images"):
        present = set(cluster.images())
        for archive in archives:
            if not set(shop_images.images_in(archive)) <= present:
                with progress.step(f"images of {archive.name} on the node"):
                    cluster.load(archive)


def settings(namespace: str, release: str = "1.0.0", database: str = "mysql", **changes: Any) -> dict[str, Any]:
    """Settings of a stack in `namespace`: the stand-in images, the throw-away cluster's storage, no certificates.

    Without a watch after a switch: what needs one says so.
    """
    images = {
        color: {workload: shop_images.image(workload, release) for workload in ("frontend", "backend")}
        for color in ("blue", "green")
    }
    return {
        "namespace": namespace,
        "activeColor": "blue",
        "images": images,
        "pull": {"policy": "IfNotPresent", "secret": ""},
        # The server's live limit is a tenth of a core: a first start would take minutes.
        "database": {"image": shop_images.database_image(database), "cpuLimit": "1", "memoryLimit": "1Gi"},
        "storage": {"className": STORAGE_CLASS},
        "ingress": {"issuer": ""},
        "promotion": {"watch": 0},
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
        _secret(namespace, "cadrart-secret", app),
        _secret(namespace, "cadrart-metrics-secret", metrics),
        _secret(namespace, "example-tls", {}),  # of which no controller reads what is in it
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
