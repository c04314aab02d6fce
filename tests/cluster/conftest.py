"""One throw-away cluster for all cluster tests, and shops on it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster.cluster import Cluster, connect
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.progress import Progress
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack, copy_program
from tests.cluster.shop import DRAIN


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster | OwnCluster]:
    """The cluster, up for the session. CADRART_KEEP_CLUSTER=yes leaves it for the next run.

    CADRART_TEST_CLUSTER gives it another name, so that two checkouts can be tested at once.
    """
    test_cluster = connect(os.environ.get("CADRART_TEST_CLUSTER", "test"))
    test_cluster.up()
    try:
        yield test_cluster
    finally:
        if os.environ.get("CADRART_KEEP_CLUSTER") != "yes":
            test_cluster.down()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program, so that settings files of test stacks do not lie in the developer's checkout."""
    return copy_program(tmp_path_factory.mktemp("checkout") / "cadrart-infra")


@pytest.fixture(scope="session")
def shop(cluster: Cluster | OwnCluster, checkout: Path) -> Iterator[Shop]:
    """The shop, installed by `pulumi up`, blue in production; tests leave it whole, with any colour active."""
    shop = bare_shop(cluster, checkout, "shop", "cadrart")
    try:
        shop.stack.init(prerequisites.settings(drain={"timeout": DRAIN}))
        shop.up()
        yield shop
    finally:
        remove(shop)


def bare_shop(cluster: Cluster | OwnCluster, checkout: Path, stack: str, namespace: str) -> Shop:
    """Namespace and Secrets in place, nothing of the stack yet."""
    wait = ["kubectl", "wait", "--for=delete", f"namespace/{namespace}", "--timeout=120s"]
    cluster.run(wait, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # of an earlier session, if at all
    prerequisites.prepare(cluster, Progress(), namespace)
    return Shop(cluster, Stack(cluster, stack, checkout), namespace)


def remove(shop: Shop) -> None:
    """Everything of the shop, the namespace that `pulumi destroy` would leave included; not waited for."""
    shop.kubectl("delete", "namespace", shop.namespace, "--wait=false", "--ignore-not-found")
    shop.pulumi("stack", "rm", "--yes", "--force", check=False)
