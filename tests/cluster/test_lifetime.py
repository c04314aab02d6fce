"""What outlives a wrong kubeconfig, a moved server, a destroyed stack."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from cadrart_infra import naming
from cadrart_infra.naming import SERVICE_LABEL, is_secrets_snapshot
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.manifests import STORAGE_CLASS
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from tests.cluster.conftest import bare_shop, owned_namespace, remove
from tests.cluster.shop import DRAIN, assert_serving


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
    history = shop.get("configmaps")["configmap/cadrart-history"]["data"]
    newest = json.loads(history["entries"].splitlines()[0])
    assert (newest["job"], newest["outcome"], newest["detail"]) == ("destroy", "done", "")

    shop.up()
    assert_serving(shop, color)
    rows = shop.as_root("SELECT COUNT(*) FROM `atelier-cadrart`.client WHERE company = 'kept-for-ever'")
    assert rows == [["1"]]


def test_a_namespace_that_was_deleted_comes_back_with_its_volumes(
    cluster: Cluster | OwnCluster, checkout: Path
) -> None:
    """As docs/troubles.md says: its Secrets and the claims of its data by hand, then the word that moves the stack."""
    if isinstance(cluster, OwnCluster):
        pytest.skip("its class may not retain volumes")
    lost = bare_shop(cluster, checkout, "deleted")
    try:
        lost.stack.init(prerequisites.settings(lost.namespace, drain={"timeout": DRAIN}))
        lost.up()
        lost.post("backend-prod-proxy", "/api/clients", {"reference": "outlived-it"})
        secrets = {name: lost.secret(name) for name in naming.REQUIRED_SECRETS}
        volumes = {name: lost.get("persistentvolumeclaims")[name]["spec"]["volumeName"] for name in CLAIMS_WITH_DATA}
        namespace = owned_namespace(cluster, lost.stack.name)
        namespace.remove()
        namespace.wait_until_gone()

        gone = lost.up(check=False)
        assert gone.returncode == 1
        assert f"Create it: kubectl create namespace {lost.namespace}" in gone.stdout, gone.stdout
        namespace.make()
        for name, values in secrets.items():
            literals = [f"--from-literal={key}={value}" for key, value in values.items()]
            lost.kubectl("create", "secret", "generic", name, *literals)
        elsewhere = lost.up(check=False)
        assert elsewhere.returncode == 1
        word = re.search(r"pulumi config set moveTo (\S+)", elsewhere.stdout)
        assert word, elsewhere.stdout
        lost.stack.config_set("moveTo", word[1])
        empty = lost.up(check=False)
        assert empty.returncode == 1
        for name in CLAIMS_WITH_DATA:
            assert f"The claim {name.partition('/')[2]} does not exist any more" in empty.stdout, empty.stdout
        for name, volume in volumes.items():
            bind_again(lost, name.partition("/")[2], volume)
        lost.up()
        assert_serving(lost, "blue")
        assert lost.rows_with("atelier-cadrart", "outlived-it") == 1
        lost.pulumi("config", "rm", "moveTo")
        lost.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
        assert_claims_can_be_written(lost, volumes)
    finally:
        remove(lost)


def assert_claims_can_be_written(shop: Shop, volumes: Mapping[str, str]) -> None:
    """The engine learns that claims made by hand lack their labels, and the next update writes them."""
    shop.pulumi("refresh", "--yes", "--skip-preview")
    shop.up()
    for name, claim in shop.get("persistentvolumeclaims").items():
        assert claim["metadata"]["labels"] == {SERVICE_LABEL: name.partition("/")[2]}
        assert claim["spec"]["volumeName"] == volumes.get(name, claim["spec"]["volumeName"])
    shop.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


CLAIMS_WITH_DATA = ("persistentvolumeclaim/db-volume", "persistentvolumeclaim/static-volume")


def bind_again(shop: Shop, claim: str, volume: str) -> None:
    """The commands of docs/operating.md, "A claim that was deleted"."""
    freed = json.dumps([{"op": "remove", "path": "/spec/claimRef"}])
    shop.kubectl("patch", "persistentvolume", volume, "--type=json", "--patch", freed)
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": STORAGE_CLASS,
        "volumeName": volume,
        "resources": {"requests": {"storage": "10Gi"}},
    }
    manifest = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim}, "spec": spec}
    shop.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))


def lasting_secrets(shop: Shop) -> set[str]:
    """All but the copies that pods are bound to: these go with the pods, when the cluster gets round to it."""
    return {name for name in shop.get("secrets") if not is_secrets_snapshot(name.removeprefix("secret/"))}
