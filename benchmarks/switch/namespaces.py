"""A namespace for one way to switch, and nothing left of it afterwards."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sandbox.cluster.cluster import Cluster
from sandbox.paths import REPOSITORY
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack


@contextlib.contextmanager
def own_namespace(cluster: Cluster, namespace: str, folder: Path = REPOSITORY) -> Iterator[Shop]:
    """Images, namespace and Secrets in place; `folder` holds the program where a stack of it is used.

    The namespace goes at the end without being waited for; a next run waits.
    """
    wait = ["kubectl", "wait", "--for=delete", f"namespace/{namespace}", "--timeout=120s"]
    cluster.run(wait, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    prerequisites.prepare(cluster, cluster.progress, namespace)
    shop = Shop(cluster, Stack(cluster, "bench", folder), namespace)
    try:
        yield shop
    finally:
        shop.kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found")
