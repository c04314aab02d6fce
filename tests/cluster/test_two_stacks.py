"""Two stacks in two namespaces of one cluster: what is done to one does not reach the other."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop import images
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack
from tests.cluster.assertions import assert_shown, production_unharmed
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.followed_update import Step, followed_update
from tests.cluster.shop import assert_serving, everything

HOST = "second.example.com"
SETTINGS = {"database.cpuLimit": "1", "database.memoryLimit": "1Gi", "promotion.watch": "0", "drain.timeout": "5"}
"""As every shop of the tests: the live server's tenth of a core would make a first start take minutes."""


def test_a_second_shop_is_made_switched_and_removed_and_the_first_goes_on(
    cluster: Cluster | OwnCluster, checkout: Path, shop: Shop
) -> None:
    first = everything(shop)
    second = bare_shop(cluster, checkout, "second")
    try:
        make_stack(second)
        second.up()
        assert_serving(second, "blue")
        assert_no_backup_without_a_claim(second)
        assert second.post("backend-prod-proxy", "/api/clients", {"reference": "of-the-second"})["database"]
        assert (second.rows_with("atelier-cadrart", "of-the"), shop.rows_with("atelier-cadrart", "of-the")) == (1, 0)
        with production_unharmed(shop):
            second.switch("green")
            assert_serving(second, "green")
            assert_only_its_own_stack_destroys(second)
            assert_a_killed_destroy_keeps_nobody_out(second)
            second.pulumi("destroy", "--yes")
        assert second.get("deployments,services,ingresses,networkpolicies") == {}
        assert everything(shop) == first
    finally:
        remove(second)


def test_a_state_that_knows_nothing_of_the_shop_in_its_namespace_says_so(shop: Shop, tmp_path: Path) -> None:
    """The user is at another back end than before; what is there is taken over, and nothing of it is made again."""
    elsewhere, before = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}, everything(shop)
    settings = shop.stack.settings_file.read_text()
    shop.pulumi("stack", "init", env=elsewhere)
    shop.stack.settings_file.write_text(settings)
    reported = f"The namespace {shop.namespace} has the shop of this stack"
    assert_shown(shop.pulumi("preview", env=elsewhere).stdout, reported, "Pulumi's state knows nothing of it")
    with production_unharmed(shop):
        assert_shown(shop.up(env=elsewhere).stdout, reported)
    assert shop.pods() == {key: uid for key, uid in before.items() if key.startswith("pod/")}
    assert reported not in shop.pulumi("preview", env=elsewhere).stdout
    shop.stack.settings_file.write_text(settings)
    shop.up()
    assert everything(shop).keys() == before.keys()


@pytest.mark.endurance
def test_a_shop_gets_the_data_of_another_one_by_a_copy_of_its_backup(
    cluster: Cluster | OwnCluster, checkout: Path, shop: Shop, tmp_path: Path
) -> None:
    """As docs/troubles.md has it for another cluster."""
    settings = shop.stack.settings_file.read_text()
    second = bare_shop(cluster, checkout, "moved")
    try:
        make_stack(second)
        for one in (shop, second):
            one.stack.config_set("backup.beforeSwitch", "true")
            one.up()
        shop.post("backend-prod-proxy", "/api/clients", {"reference": "moves"})
        shop.program("backup")
        shop.program("download", "latest", str(tmp_path))
        (copy,) = tmp_path.glob("*.sql.gz")
        second.program("upload", str(copy))
        second.program("restore", copy.name.removesuffix(".sql.gz"), "--replace-production", "--yes")
        second.up()
        assert second.rows_with("atelier-cadrart", "moves") == 1
        assert_serving(second, "blue")
        second.program("sync", "--yes")
        assert second.rows_with("atelier-cadrart-stg", "moves") == 1
    finally:
        remove(second)
        shop.stack.settings_file.write_text(settings)
        shop.up()


def assert_no_backup_without_a_claim(second: Shop) -> None:
    """Where backups were never turned on, one ends at once: its pod would wait for a claim that nobody makes."""
    refused = second.program("backup", "--yes", check=False)
    assert refused.returncode == 1
    assert "There is no claim cadrart-backups in namespace" in refused.stdout


def assert_a_killed_destroy_keeps_nobody_out(second: Shop) -> None:
    """The host of dynamic resources outlives the engine, and does not hold the Lease for it; the rest is made again."""
    with followed_update(second, "destroy") as destroy:
        destroy.wait_for(Step("backend-blue", "ends"))
        destroy.send(signal.SIGKILL)
        assert_shown(second.program("recover", "--yes").stdout, "Nobody changes the shop, and Pulumi's lock is gone")
        second.up()
    assert_serving(second, "green")


def assert_only_its_own_stack_destroys(second: Shop) -> None:
    """Resources that were moved in Pulumi's state take the shop into the hands of a stack that was not asked for it."""
    other, before = Stack(second.cluster, "other", second.stack.folder), everything(second)
    other.pulumi("stack", "init", stdout=subprocess.DEVNULL)
    move_state(second.stack, other)
    refused = other.pulumi("destroy", "--yes", check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert refused.returncode
    assert f"The stack other has the shop of the stack {second.stack.name} in its state" in refused.stdout
    assert everything(second) == before
    move_state(other, second.stack)
    other.pulumi("stack", "rm", "--yes", "--force", stdout=subprocess.DEVNULL)


def move_state(source: Stack, target: Stack) -> None:
    """All of the shop; the engine takes the providers along."""
    exported = json.loads(source.pulumi("stack", "export", stdout=subprocess.PIPE).stdout)
    types = {one["urn"]: one["type"] for one in exported["deployment"]["resources"]}
    urns = [urn for urn, kind in types.items() if not kind.startswith(("pulumi:pulumi:", "pulumi:providers:"))]
    move = ["pulumi", "--non-interactive", "state", "move", "--yes", "--source", source.name, "--dest", target.name]
    source.cluster.run([*move, *urns], cwd=source.folder, stdout=subprocess.DEVNULL, check=True)


def make_stack(second: Shop) -> None:
    """By the command, on a cluster where the first shop's host is taken."""
    taken = new_stack(second, "--production-host", "ateliercadrart.com")
    assert taken.returncode == 1, taken.stdout
    assert "The host ateliercadrart.com is served by the Ingress" in taken.stdout
    assert not second.stack.settings_file.exists()
    made = new_stack(second, "--production-host", HOST)
    assert made.returncode == 0, made.stdout
    assert "Before the first update" not in made.stdout
    second.stack.pulumi("stack", "select", "--create", stdout=subprocess.DEVNULL)
    for key, value in SETTINGS.items():
        second.stack.config_set(key, value)


def new_stack(shop: Shop, *arguments: str) -> "subprocess.CompletedProcess[str]":
    reported = {
        "--namespace": shop.namespace,
        "--pull-secret": "none",
        "--database-image": images.database_image("mysql"),
        **{f"--{workload}-blue": images.image(workload, "1.0.0") for workload in ("frontend", "backend")},
    }
    flags = [part for pair in reported.items() for part in pair]
    command = [sys.executable, "-m", "cadrart_infra", "new-stack", shop.stack.name, "--yes", *flags, *arguments]
    return shop.cluster.run(command, cwd=shop.stack.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
