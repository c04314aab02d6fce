"""What outlives a wrong kubeconfig, a moved server, a destroyed stack."""

import json
import subprocess
from pathlib import Path

import pytest

from cadrart_infra.naming import is_secrets_snapshot
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop.handle import Shop
from tests.cluster.shop import assert_serving


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
    secrets, kept = lasting_secrets(shop), shop.get("persistentvolumeclaims")
    shop.pulumi("destroy", "--yes", "--skip-preview")
    assert not shop.get("deployments,ingresses,networkpolicies,leases")
    assert {key: claim["metadata"]["uid"] for key, claim in shop.get("persistentvolumeclaims").items()} == {
        key: claim["metadata"]["uid"] for key, claim in kept.items()
    }
    assert lasting_secrets(shop) == secrets
    history = json.loads(shop.kubectl("get", "configmap", "cadrart-history", "-o", "json"))["data"]
    newest = json.loads(history["entries"].splitlines()[0])
    assert (newest["job"], newest["outcome"], newest["detail"]) == ("destroy", "done", "")

    shop.up()
    assert_serving(shop, color)
    rows = shop.as_root("SELECT COUNT(*) FROM `atelier-cadrart`.client WHERE company = 'kept-for-ever'")
    assert rows == [["1"]]


def lasting_secrets(shop: Shop) -> set[str]:
    """All but the copies that pods are bound to: these go with the pods, when the cluster gets round to it."""
    return {name for name in shop.get("secrets") if not is_secrets_snapshot(name.removeprefix("secret/"))}
