"""The first update on a cluster that runs the shop already, made by `kubectl apply`; on MariaDB here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop import live_manifests, prerequisites
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_shown
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.database_server import pod_of_the_server, server
from tests.cluster.shop import assert_serving

KEPT = "persistentvolumeclaims,services,configmaps"


@pytest.mark.parametrize("orphaned", [False, True], ids=["server as it stands", "server without its Deployment"])
def test_a_running_shop_is_taken_over_with_its_data(
    cluster: Cluster | OwnCluster, checkout: Path, orphaned: bool
) -> None:
    """`orphaned`: the server's Deployment was handed over as well, as the colours' have to be."""
    shop = bare_shop(cluster, checkout, "orphaned" if orphaned else "existing")
    try:
        live_manifests.install(shop, "mariadb")
        written = shop.post("backend-prod-proxy", "/api/clients", {"reference": "from-before"})
        assert written["database"] == "atelier-cadrart"
        before, its_server = {key: item["metadata"]["uid"] for key, item in shop.get(KEPT).items()}, server(shop)
        _assert_settings_are_read_from_what_runs(shop)
        shop.stack.init(prerequisites.settings(shop.namespace, database="mariadb"))

        _hand_over(shop)
        if orphaned:
            shop.kubectl("delete", "deployment", "db", "--cascade=orphan")
        assert_shown(shop.pulumi("preview").stdout, "db-init-scripts: added", "resources.limits.memory: 512Mi → 1Gi")
        shop.up()

        assert_serving(shop, "blue")
        after = {key: item["metadata"]["uid"] for key, item in shop.get(KEPT).items()}
        assert before.items() <= after.items()
        assert server(shop) == its_server
        _assert_data_and_accounts(shop)
        shop.pulumi("preview", "--expect-no-changes")
        _assert_restarts_when_asked_to(shop)
    finally:
        remove(shop)


def _assert_settings_are_read_from_what_runs(shop: Shop) -> None:
    """`cadrart new-stack` needs only the hosts as options: the live manifests of this test have no Ingress."""
    name = f"read-{shop.stack.name}"
    reported = (
        "--namespace",
        shop.namespace,
        "--production-host",
        f"{name}.example.com",
        "--pull-secret",
        "none",
        "--yes",
    )
    file = shop.stack.folder / f"Pulumi.{name}.yaml"
    try:
        command = [sys.executable, "-m", "cadrart_infra", "new-stack", name, *reported]
        shop.cluster.run(command, cwd=shop.stack.folder, check=True, stdout=subprocess.PIPE)
        config = yaml.safe_load(file.read_text())["config"]
    finally:
        file.unlink(missing_ok=True)
    running = prerequisites.settings(shop.namespace, database="mariadb")
    assert config["cadrart-infra:images"] == running["images"]
    assert config["cadrart-infra:database"]["image"] == running["database"]["image"]
    assert config["cadrart-infra:activeColor"] == "blue"
    assert config["cadrart-infra:storage"]["className"] == "sandbox"


def _hand_over(shop: Shop) -> None:
    """The preview refuses, with the command for each Deployment; run as they are printed, no pod ends."""
    refused = shop.pulumi("preview", check=False)
    assert refused.returncode != 0
    commands = re.findall(r"kubectl -n \S+ (delete deployment \S+ --cascade=orphan)", refused.stdout)
    assert len(commands) == 4
    pods = shop.pods()
    for command in commands:
        shop.kubectl(*command.split())
    assert shop.pods() == pods


def _assert_restarts_when_asked_to(shop: Shop) -> None:
    """The first restart brings what the adoption left for it; the data is there."""
    shop.stack.config_set("database.restart", "first")
    shop.up()
    mounts = pod_of_the_server(shop)["spec"]["containers"][0]["volumeMounts"]
    assert {"/docker-entrypoint-initdb.d", "/etc/mysql/conf.d"} <= {mount["mountPath"] for mount in mounts}
    assert_serving(shop, "blue")
    _assert_data_and_accounts(shop)
    shop.pulumi("preview", "--expect-no-changes")


def _assert_data_and_accounts(shop: Shop) -> None:
    query = "SELECT COUNT(*) FROM `{}`.client WHERE company = 'from-before'"
    for secret, database, refusing in (
        ("cadrart-secret", "atelier-cadrart", "atelier-cadrart-stg"),
        ("cadrart-database-stg", "atelier-cadrart-stg", "atelier-cadrart"),
    ):
        rows, refused = shop.sql(shop.account(secret), query.format(database), query.format(refusing))
        assert (rows, refused) == ([[1]], 1142)
    # The volume had data, so the image ran no init script: what is there came by the accounts' own resource.
    assert "init-databases.sql" not in shop.kubectl("logs", "deployment/db")
