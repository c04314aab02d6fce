"""The first update on a cluster that runs the shop already, made by `kubectl apply`; on MariaDB here."""

import re
from pathlib import Path

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop import live_manifests, prerequisites
from sandbox.shop.handle import Shop
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.shop import assert_serving

KEPT = "persistentvolumeclaims,services,configmaps"


def test_a_running_shop_is_taken_over_with_its_data(cluster: Cluster | OwnCluster, checkout: Path) -> None:
    shop = bare_shop(cluster, checkout, "existing")
    try:
        live_manifests.install(shop, "mariadb")
        written = shop.post("backend-prod-proxy", "/api/clients", {"reference": "from-before"})
        assert written["database"] == "atelier-cadrart"
        before = {key: item["metadata"]["uid"] for key, item in shop.get(KEPT).items()}
        shop.stack.init(prerequisites.settings(shop.namespace, database="mariadb"))

        _hand_over(shop)
        shop.up()

        assert_serving(shop, "blue")
        after = {key: item["metadata"]["uid"] for key, item in shop.get(KEPT).items()}
        assert before.items() <= after.items()
        _assert_data_and_accounts(shop)
        shop.pulumi("preview", "--expect-no-changes")
    finally:
        remove(shop)


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
