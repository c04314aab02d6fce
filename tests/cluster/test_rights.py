"""The Roles that ship with the program are enough, and what they lack is reported before anything is changed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.pod_security import ENFORCED, RESTRICTED
from cadrart_infra.rights import FOLDER
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.shop import images, prerequisites
from sandbox.shop.handle import Shop
from tests.cluster.account import as_account
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.shop import DRAIN, assert_serving

PRODUCTION = "atelier-cadrart"


@pytest.fixture(scope="module")
def admin(cluster: Cluster | OwnCluster, checkout: Path) -> Iterator[Shop]:
    """A namespace with the shop's Secrets, in the administrator's hands; it lets in restricted pods alone."""
    if isinstance(cluster, OwnCluster):
        pytest.skip("the accounts of these tests are made for the throw-away cluster")
    shop = bare_shop(cluster, checkout, "rights")
    shop.kubectl("label", "namespace", shop.namespace, f"{ENFORCED}={RESTRICTED}")
    try:
        yield shop
    finally:
        remove(shop)


@pytest.fixture(scope="module")
def updater(admin: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop, installed by an account that has the updater's Role and nothing else on the cluster.

    What the namespace would refuse is reported first.
    """
    folder = tmp_path_factory.mktemp("accounts")
    shop = as_account(admin, "ci", FOLDER / "updater.yaml", folder)
    settings = prerequisites.settings(shop.namespace, drain={"timeout": DRAIN}, backup={"beforeSwitch": True})
    shop.stack.init({**settings, "replicas": {"prod": 2, "stg": 1}})
    refused = shop.up(check=False)
    assert f"Namespace {shop.namespace} enforces restricted (its label {ENFORCED})" in refused.stdout
    assert "frontend-blue: set its image's user: pulumi config set --path runAs.frontend" in refused.stdout
    assert not shop.get("deployments,services")
    shop.stack.config_set("runAs.frontend", "101")
    shop.up()
    assert_began_with_one_pod(shop, "backend-blue")
    return shop


def assert_began_with_one_pod(shop: Shop, deployment: str) -> None:
    """The first of its two pods migrated the database alone: the second was made when that one was ready."""
    pods = [pod for key, pod in shop.get("pods").items() if key.startswith(f"pod/{deployment}-")]
    first, second = sorted((pod["metadata"]["creationTimestamp"], since_ready(pod)) for pod in pods)
    assert first[1] <= second[0], (first, second)
    events = shop.kubectl("get", "events", f"--field-selector=involvedObject.name={deployment}")
    assert "from 0 to 1" in events, events


def since_ready(pod: dict[str, Any]) -> str:
    (condition,) = [one for one in pod["status"]["conditions"] if one["type"] == "Ready"]
    return str(condition["lastTransitionTime"])


def test_an_update_by_the_updater_s_role_installs_switches_and_releases(updater: Shop) -> None:
    updater.post("backend-prod-proxy", "/api/clients", {"reference": "before-the-backup"})
    updater.stack.config_set("activeColor", "green")
    updater.stack.config_set("images.blue.backend", images.image("backend", "1.1.0"))

    printed = updater.up().stdout

    assert f"tables of {PRODUCTION}" in printed
    assert "staging sync: will run, because blue's backend is released: backend:1.0.0 → backend:1.1.0" in printed
    assert_serving(updater, "green")
    assert updater.rows_with("atelier-cadrart-stg", "before-the-backup") == 1
    budgets = updater.get("poddisruptionbudgets")
    assert budgets.keys() == {f"poddisruptionbudget/{workload}-green" for workload in ("frontend", "backend")}
    updater.pulumi("preview", "--expect-no-changes")


def test_a_restore_by_the_updater_s_role_brings_production_back(updater: Shop) -> None:
    updater.post("backend-prod-proxy", "/api/clients", {"reference": "after-the-backup"})
    command = [sys.executable, "-m", "cadrart_infra.backup", "restore", "latest", "--replace-production", "--yes"]
    done = updater.cluster.run(
        [*command, "--namespace", updater.namespace], cwd=REPOSITORY, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert updater.rows_with(PRODUCTION, "before-the-backup") == 1
    assert updater.rows_with(PRODUCTION, "after-the-backup") == 0


def test_missing_rights_are_named_all_at_once(admin: Shop, updater: Shop) -> None:
    def without(rule: dict[str, Any]) -> dict[str, Any]:
        left = [one for one in rule["resources"] if one not in ("pods/log", "pods/proxy")]
        return {**rule, "resources": left, "verbs": [verb for verb in rule["verbs"] if verb != "watch"]}

    role = json.loads(admin.kubectl("get", "role", "cadrart-updater", "-o", "json"))
    poorer = {**role, "rules": [rule for rule in map(without, role["rules"]) if rule["resources"]]}
    before = admin.identities()
    admin.kubectl("replace", "-f", "-", stdin=json.dumps(poorer))
    try:
        for command in (("preview",), ("up", "--yes", "--skip-preview")):
            done = updater.pulumi(*command, check=False)
            assert done.returncode != 0
            said = done.stdout
            assert f"system:serviceaccount:{admin.namespace}:ci lacks rights in the namespace" in said
            lines = [line.strip() for line in said.splitlines()]
            for missing in ("get pods/log", "get pods/proxy", "watch deployments.apps", "watch configmaps"):
                assert missing in lines, said
            assert "create configmaps" not in lines
            assert f"kubectl -n {admin.namespace} apply -f deploy/rbac/updater.yaml" in said
            assert "Traceback" not in said
        listed = updater.program("restore", check=False)
        assert listed.returncode == 1
        assert "get pods/log" in listed.stdout
        status = updater.program("status")
        assert "production  green" in status.stdout
    finally:
        admin.kubectl("apply", "-f", str(FOLDER / "updater.yaml"))
    assert admin.identities() == before


def test_the_reader_s_role_previews_and_changes_nothing(admin: Shop, updater: Shop, tmp_path: Path) -> None:
    reader = as_account(admin, "reviewer", FOLDER / "reader.yaml", tmp_path)
    before = admin.identities()
    reader.stack.config_set("activeColor", "blue")
    try:
        preview = reader.pulumi("preview").stdout
        assert "blue takes over from green" in preview
        assert "could not be asked" not in preview
        refused = reader.up(check=False)
        assert refused.returncode != 0
        assert "create secrets" in refused.stdout
        assert "patch pods/resize" in refused.stdout
    finally:
        reader.stack.config_set("activeColor", "green")
    secret = reader.cluster.run(
        ["kubectl", "-n", admin.namespace, "get", "secret", "cadrart-secret"], stderr=subprocess.PIPE, text=True
    )
    assert "forbidden" in secret.stderr
    assert admin.identities() == before
    assert "production  green" in reader.program("status").stdout
