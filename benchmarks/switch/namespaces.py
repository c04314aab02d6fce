"""A namespace for one way to switch, and nothing left of it afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sandbox.cluster.cluster import Cluster
from sandbox.paths import REPOSITORY
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.namespaces import OwnedNamespace
from sandbox.shop.stack import Stack


@contextlib.contextmanager
def own_namespace(cluster: Cluster, namespace: str, folder: Path = REPOSITORY) -> Iterator[Shop]:
    """Images, namespace and Secrets in place; `folder` holds the program where a stack of it is used.

    The namespace goes at the end without being waited for; a next run waits.
    """
    owned = OwnedNamespace(cluster, namespace, "bench-switch")
    owned.wait_until_gone()
    prerequisites.prepare(owned, cluster.progress)
    try:
        yield Shop(cluster, Stack(cluster, "bench", folder), namespace)
    finally:
        owned.remove()
