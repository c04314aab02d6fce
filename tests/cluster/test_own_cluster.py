"""A cluster of the user's own: nothing is touched that was not made here, and its API server is way enough."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sandbox import demo
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY
from sandbox.shop import answers
from sandbox.shop.handle import Shop
from sandbox.shop.namespaces import LABEL, OwnedNamespace
from tests.cluster.conftest import owned_namespace, require_services
from tests.cluster.laptop import Laptop, laptop
from tests.cluster.shop import assert_serving


@pytest.fixture
def user(cluster: Cluster | OwnCluster) -> Iterator[Laptop]:
    """A user who has the cluster's kubeconfig and nothing else of it."""
    if isinstance(cluster, OwnCluster):
        pytest.skip("there is a user's own cluster already")
    with laptop(cluster) as machine:
        yield machine


@pytest.fixture(params=["", "somebody-else"])
def foreign_namespace(cluster: Cluster | OwnCluster, request: pytest.FixtureRequest) -> Iterator[OwnedNamespace]:
    """One that these tests would take for theirs by its name, and did not make: without the label, or with another.

    Each has a name of its own, so that nobody has to wait until the one before is gone.
    """
    owned = owned_namespace(cluster, f"foreign-{request.param or 'unlabelled'}")
    labels = {LABEL: request.param} if request.param else {}
    for _ in made_by_hand(cluster, owned.name, labels, until_gone=False):
        yield owned


def test_a_namespace_of_somebody_else_is_neither_filled_nor_deleted(
    cluster: Cluster | OwnCluster, foreign_namespace: OwnedNamespace
) -> None:
    owned = foreign_namespace
    before = objects(cluster, owned.name)
    with pytest.raises(SandboxError, match="did not make it") as refusal:
        owned.make()
    assert "Nothing was changed" in str(refusal.value)
    owned.remove()
    assert objects(cluster, owned.name) == before


def test_a_namespace_of_this_run_is_taken_up_again_and_removed(cluster: Cluster | OwnCluster) -> None:
    owned = owned_namespace(cluster, "twice")
    owned.make()
    owned.make()
    another_run = OwnedNamespace(cluster, owned.name, "test-run-of-somebody-else")
    another_run.remove()
    assert objects(cluster, owned.name)
    owned.remove()
    owned.wait_until_gone()
    assert not objects(cluster, owned.name)


def test_the_demo_refuses_a_namespace_that_it_did_not_make(cluster: Cluster | OwnCluster, user: Laptop) -> None:
    for _ in made_by_hand(cluster, demo.NAMESPACE, {}):
        before = objects(cluster, demo.NAMESPACE)
        for arguments in ([], ["down"]):
            done = run_demo(user, *arguments)
            if not arguments:
                assert done.returncode == 1
                assert (
                    f"error: Namespace {demo.NAMESPACE} is on this cluster already, and demo did not make it"
                    in done.stdout
                )
                assert "Traceback" not in done.stdout
            assert objects(cluster, demo.NAMESPACE) == before


def test_a_shop_is_asked_through_the_api_server_alone(shop: Shop, user: Laptop) -> None:
    address = answers.addresses(user, shop.namespace)["backend-prod-proxy"]
    reached = user.run(["timeout", "5", "bash", "-c", f"</dev/tcp/{address}/3000"], capture_output=True)
    assert reached.returncode != 0, "the user's machine reaches Services, so this test shows nothing"
    assert answers.who_serves(user, shop.namespace) == shop.who_serves()
    seen_by_user = Shop(user, shop.stack, shop.namespace)
    assert (
        seen_by_user.post("backend-prod-proxy", "/api/clients", {"reference": "from-a-laptop"})["environment"] == "PROD"
    )
    assert shop.rows_with("atelier-cadrart", "from-a-laptop") == 1
    assert "error" in seen_by_user.fetch("backend-prod-proxy", "/static/no-such-file")
    assert_serving(shop, shop.stack.outputs()["activeColor"])


def test_tests_are_refused_where_their_load_reaches_no_service(user: Laptop) -> None:
    with pytest.raises(SandboxError, match="cannot be reached from here"):
        require_services(user)


@pytest.mark.endurance
def test_the_demo_runs_on_a_cluster_of_the_user_s_own(cluster: Cluster | OwnCluster, shop: Shop, user: Laptop) -> None:
    """`shop` has its images on the node, as a user's registry would."""
    shown = run_demo(user)
    assert shown.returncode == 0, shown.stdout
    assert "backend-prod-proxy   green  PROD         atelier-cadrart      1.1.0" in shown.stdout
    removed = run_demo(user, "down")
    assert removed.returncode == 0, removed.stdout
    OwnedNamespace(cluster, demo.NAMESPACE, "demo").wait_until_gone()
    assert not objects(cluster, demo.NAMESPACE)


def run_demo(user: Laptop, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`make demo` or `make down` as the user types it, with both streams in `stdout`."""
    command = [sys.executable, "-m", "sandbox.demo", *arguments]
    return user.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def made_by_hand(
    cluster: Cluster | OwnCluster, name: str, labels: dict[str, str], *, until_gone: bool = True
) -> Iterator[str]:
    """A namespace with something in it, as anybody makes one; deleted when the iteration ends, and waited for then."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "kept", "namespace": name}}
    for manifest in (namespace, secret):
        cluster.run(["kubectl", "create", "-f", "-"], input=json.dumps(manifest), text=True, check=True)
    try:
        yield name
    finally:
        cluster.run(
            ["kubectl", "delete", "namespace", name, f"--wait={json.dumps(until_gone)}", "--timeout=60s"], check=True
        )


def objects(cluster: Cluster | OwnCluster, namespace: str) -> dict[str, str]:
    """The namespace and what is in it, with their UIDs; empty where it is gone."""
    found = cluster.run(["kubectl", "get", "namespace", namespace, "-o", "json"], capture_output=True, text=True)
    if found.returncode:
        return {}
    inside = cluster.run(
        ["kubectl", "-n", namespace, "get", "secrets,deployments,services", "-o", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    items = [json.loads(found.stdout), *json.loads(inside.stdout)["items"]]
    return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["uid"] for item in items}
