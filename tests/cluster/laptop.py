"""A user's own machine beside the throw-away cluster: it reaches the API server, and no Service and no pod."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sandbox.cluster import network
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import FLAG, OwnCluster

_NAME = "cadrart-laptop"
_BRIDGE = "node0"


class Laptop(OwnCluster):
    """The throw-away cluster as a user's own one, seen from this machine."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster.progress)
        self._user = {
            "KUBECONFIG": str(cluster.paths.kubeconfig),
            FLAG: "yes",
            "PATH": f"{cluster.paths.binaries}:{os.environ['PATH']}",
        }

    def env(self, base: Any = None) -> dict[str, str]:
        return super().env({**(os.environ if base is None else base), **self._user})

    def command(self, command: Sequence[str]) -> list[str]:
        return network.enter(Path("/run/netns") / _NAME, command)


@contextlib.contextmanager
def laptop(cluster: Cluster) -> Iterator[Laptop]:
    """The machine, with a cable to the cluster's node and no route to anything behind it."""
    node = cluster.addresses.node
    address = node.rpartition(".")[0] + ".77/24"
    ip("netns", "add", _NAME)
    try:
        ip("-n", _NAME, "link", "set", "lo", "up")
        with _cable(cluster.namespace.name):
            ip("-n", cluster.namespace.name, "link", "set", "laptop1", "master", _BRIDGE, "up")
            ip("-n", _NAME, "address", "add", address, "dev", "laptop0")
            ip("-n", _NAME, "link", "set", "laptop0", "up")
            yield Laptop(cluster)
    finally:
        ip("netns", "delete", _NAME)


@contextlib.contextmanager
def _cable(other: str) -> Iterator[None]:
    """Between the machine and another network namespace."""
    ip("link", "add", "laptop0", "netns", _NAME, "type", "veth", "peer", "laptop1", "netns", other)
    try:
        yield
    finally:
        # With its namespace it would go some time later, and be in the way of the next one's.
        ip("-n", _NAME, "link", "delete", "laptop0")


def ip(*arguments: str) -> None:
    """Runs `ip`; an error is an error of the test."""
    subprocess.run(["ip", *arguments], check=True)
