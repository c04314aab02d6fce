"""A stack that an older release made, updated and destroyed by the code of today (ADR 8)."""

import base64
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack
from tests.cluster.assertions import assert_converged
from tests.cluster.conftest import bare_shop, remove

ARCHIVE = Path(__file__).parent / "data" / "program-ed9cfe2.tar.xz"
DYNAMIC = "pulumi-python:dynamic/cadrart:"
OLD_ACCOUNTS = b"cadrart_infra.database_accounts.provider"
"""Where the provider of the accounts was in the older release."""


@pytest.fixture
def old_shop(cluster: Cluster | OwnCluster, tmp_path: Path) -> Iterator[Shop]:
    """A shop that the older release installed, with every kind of dynamic resource in its state."""
    program = tmp_path / "older" / "cadrart-infra"
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(program, filter="data")
    (program / ".venv").symlink_to(REPOSITORY / ".venv")
    shop = bare_shop(cluster, program, "older")
    try:
        settings = prerequisites.settings(shop.namespace, backup={"beforeSwitch": True})
        shop.stack.init({**settings, "promotion": {"watch": 1}, "gate": {"smokeCommand": "true"}})
        shop.up()
        yield shop
    finally:
        remove(shop)


def test_the_code_of_today_takes_it_over_without_a_restart_and_destroys_it(old_shop: Shop, checkout: Path) -> None:
    shop = of_today(old_shop, checkout)
    objects, pods, state = shop.identities(), shop.pods(), exported(shop)
    recorded = dynamic_resources(state)
    assert recorded.keys() == {"BackupBeforeSwitch", "DatabaseAccounts", "ProductionWatch", "StagingSync"}
    assert OLD_ACCOUNTS in base64.b64decode(recorded["DatabaseAccounts"]["__provider"])

    assert_nothing_is_replaced(shop)
    shop.up()

    assert objects.items() <= shop.identities().items()  # what is new since then has come besides
    assert shop.pods() == pods
    updated = dynamic_resources(exported(shop))
    for name, outputs in recorded.items():
        assert updated[name].get("last") == outputs.get("last")
    assert_converged(shop, "blue")
    assert_destroyed_with_data_kept(shop)

    shop.stack.pulumi("stack", "import", input=state)  # as if the update had never been
    assert_destroyed_with_data_kept(shop)


def of_today(shop: Shop, checkout: Path) -> Shop:
    """The same stack, worked on from a checkout of today's code."""
    stack = Stack(shop.cluster, shop.stack.name, checkout)
    shutil.copy2(shop.stack.settings_file, stack.settings_file)
    return replace(shop, stack=stack)


def exported(shop: Shop) -> str:
    """The stack's state, as text."""
    return str(shop.stack.pulumi("stack", "export", stdout=subprocess.PIPE).stdout)


def dynamic_resources(state: str) -> dict[str, dict[str, Any]]:
    """Outputs of the dynamic resources that a state holds, by their type."""
    resources = json.loads(state)["deployment"]["resources"]
    return {
        resource["type"].removeprefix(DYNAMIC): resource["outputs"]
        for resource in resources
        if resource["type"].startswith(DYNAMIC)
    }


def assert_nothing_is_replaced(shop: Shop) -> None:
    """The engine means to replace nothing and to delete nothing."""
    preview = json.loads(shop.stack.pulumi("preview", "--json", stdout=subprocess.PIPE).stdout)
    assert {step["op"] for step in preview["steps"]} <= {"same", "update", "create"}, preview["steps"]


def assert_destroyed_with_data_kept(shop: Shop) -> None:
    """The stack is empty, the claims are there as they were, and nothing else is."""
    claims = {key: claim["metadata"]["uid"] for key, claim in shop.get("persistentvolumeclaims").items()}
    assert "persistentvolumeclaim/db-volume" in claims
    shop.pulumi("destroy", "--yes", "--skip-preview")
    assert not json.loads(exported(shop))["deployment"].get("resources")
    assert not shop.get("deployments,services,ingresses,networkpolicies")
    assert {key: claim["metadata"]["uid"] for key, claim in shop.get("persistentvolumeclaims").items()} == claims
