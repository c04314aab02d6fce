"""What outlives a wrong kubeconfig, a moved server, a destroyed stack."""

import json
import subprocess
from pathlib import Path

import pytest

from sandbox import shop_ground
from sandbox.cluster import Cluster
from sandbox.own_cluster import OwnCluster
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.shop import Shop, assert_serving


@pytest.fixture
def kubeconfig(cluster: Cluster | OwnCluster) -> dict[str, object]:
    """The kubeconfig of the cluster, as data."""
    view = ["kubectl", "config", "view", "--raw", "--flatten", "-o", "json"]
    config: dict[str, object] = json.loads(cluster.run(view, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return config


def with_server(kubeconfig: dict[str, object], server: str, folder: Path) -> dict[str, str]:
    """An environment whose kubeconfig leads to another address of the server."""
    text = json.dumps(kubeconfig)
    (address,) = {cluster["cluster"]["server"] for cluster in kubeconfig["clusters"]}  # type: ignore[attr-defined]
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    changed = json.loads(text.replace(address, server))
    for entry in changed["clusters"]:
        entry["cluster"]["tls-server-name"] = address.removeprefix("https://").rpartition(":")[0]
    path.write_text(json.dumps(changed))
    return {"KUBECONFIG": str(path)}


@pytest.fixture
def other_address(cluster: Cluster | OwnCluster) -> str:
    """Another address of the same API server: its Service."""
    command = ["kubectl", "get", "service", "kubernetes", "--namespace=default", "-o", "jsonpath={.spec.clusterIP}"]
    address = cluster.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return f"https://{address}:443"


def test_another_address_of_the_server_changes_nothing(
    shop: Shop, kubeconfig: dict[str, object], other_address: str, tmp_path: Path
) -> None:
    identities, pods = shop.identities(), shop.pods()
    environment = with_server(kubeconfig, other_address, tmp_path)
    shop.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", env=environment)
    shop.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert (shop.identities(), shop.pods()) == (identities, pods)


def test_an_update_with_a_wrong_kubeconfig_fails_and_the_next_one_goes_on(
    shop: Shop, kubeconfig: dict[str, object], tmp_path: Path
) -> None:
    identities, pods = shop.identities(), shop.pods()
    nobody = with_server(kubeconfig, "https://127.0.0.1:1", tmp_path)
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        done = shop.pulumi(*command, env=nobody, check=False)
        assert done.returncode != 0
        assert "The cluster does not answer; nothing was changed" in done.stdout
        assert "Traceback" not in done.stdout
    shop.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert (shop.identities(), shop.pods()) == (identities, pods)


def test_destroy_keeps_the_data_and_the_next_update_takes_it_up(shop: Shop) -> None:
    color = shop.stack.outputs()["activeColor"]
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "kept-for-ever"})
    secrets, kept = shop.get("secrets"), shop.get("persistentvolumeclaims")
    shop.pulumi("destroy", "--yes", "--skip-preview")
    assert not shop.get("deployments,ingresses,networkpolicies")
    assert {key: claim["metadata"]["uid"] for key, claim in shop.get("persistentvolumeclaims").items()} == {
        key: claim["metadata"]["uid"] for key, claim in kept.items()
    }
    assert shop.get("secrets").keys() == secrets.keys()

    shop.up()
    assert_serving(shop, color)
    rows = shop.as_root("SELECT COUNT(*) FROM `atelier-cadrart`.client WHERE company = 'kept-for-ever'")
    assert rows == [["1"]]


def test_a_server_that_has_data_gets_databases_and_accounts(cluster: Cluster | OwnCluster, checkout: Path) -> None:
    """The live cluster's state: one database on a volume that was initialised long ago, on MariaDB here."""
    shop = bare_shop(cluster, checkout, "existing", "cadrart-existing")
    try:
        _live_server(shop)
        shop.as_root("CREATE TABLE `atelier-cadrart`.kept (id INT)", "INSERT INTO `atelier-cadrart`.kept VALUES (42)")
        volume = shop.get("persistentvolumeclaims")["persistentvolumeclaim/db-volume"]["metadata"]["uid"]
        shop.stack.init(shop_ground.settings(database="mariadb", namespace=shop.namespace))
        shop.up()
        assert_serving(shop, "blue")
        assert shop.get("persistentvolumeclaims")["persistentvolumeclaim/db-volume"]["metadata"]["uid"] == volume
        assert shop.as_root("SELECT id FROM `atelier-cadrart`.kept") == [["42"]]
        assert "init-databases.sql" not in shop.kubectl("logs", "deployment/db")
        assert shop.sql(shop.account("cadrart-database-stg"), "SELECT DATABASE()") == [[[None]]]
    finally:
        remove(shop)


def _live_server(shop: Shop) -> None:
    """The database as the live manifests have it: no init scripts, no probes."""
    labels = {"io.kompose.service": "db"}
    keys = {"USER": "DATABASE_USER", "PASSWORD": "DATABASE_PASSWORD", "ROOT_PASSWORD": "DATABASE_ROOT_PASSWORD"}
    env = [
        {
            "name": "MYSQL_DATABASE",
            "valueFrom": {"configMapKeyRef": {"name": "cadrart-config", "key": "DATABASE_DATABASE"}},
        },
        {"name": "MYSQL_ROOT_HOST", "value": "localhost"},
        *(
            {"name": f"MYSQL_{name}", "valueFrom": {"secretKeyRef": {"name": "cadrart-secret", "key": key}}}
            for name, key in keys.items()
        ),
    ]
    container = {
        "name": "db",
        "image": shop_ground.settings(database="mariadb")["database"]["image"],
        "env": env,
        "readinessProbe": {"tcpSocket": {"port": 3306}, "periodSeconds": 2},
        "volumeMounts": [{"name": "db-volume", "mountPath": "/var/lib/mysql", "subPath": "mysql"}],
    }
    volume = {"name": "db-volume", "persistentVolumeClaim": {"claimName": "db-volume"}}
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "sandbox",
        "resources": {"requests": {"storage": "10Gi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "volumes": [volume]}}
    deployment = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": template,
    }
    shop.kubectl("create", "configmap", "cadrart-config", "--from-literal=DATABASE_DATABASE=atelier-cadrart")
    for kind, api, name, spec in (
        ("PersistentVolumeClaim", "v1", "db-volume", claim),
        ("Deployment", "apps/v1", "db", deployment),
    ):
        manifest = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels}, "spec": spec}
        shop.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    shop.kubectl("rollout", "status", "deployment/db", "--timeout=180s")
