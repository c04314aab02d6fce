"""The backup before a switch, with traffic through all proxies, and the way back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.backup.jobs import JobSpec, manifest
from sandbox import shop_ground, shop_images
from sandbox.cluster import Cluster
from sandbox.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.traffic import traffic
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.shop import Shop, assert_serving
from tests.cluster.test_staging_sync import _set_sync_password, colors
from tests.cluster.test_switch import assert_production_unharmed, assert_rows_where_they_belong, rows_with

PRODUCTION, BESIDE = "atelier-cadrart", "atelier-cadrart-restored"


@pytest.fixture(scope="module")
def backed_up_shop(shop: Shop) -> Iterator[Shop]:
    """The shop with backups on; afterwards they are off again, whichever colour is active, and the claim is there."""
    good = json.loads(shop.stack.settings_file.read_text())
    shop.stack.config_set("backup.beforeSwitch", "true")
    shop.stack.config_set("backup.keep", "2")
    yield shop
    active = shop.stack.outputs()["activeColor"]
    shop.stack.settings_file.write_text(json.dumps(good))
    shop.stack.config_set("activeColor", active)
    shop.up()
    assert "persistentvolumeclaim/cadrart-backups" in shop.get("persistentvolumeclaims")


def test_a_switch_backs_production_up_before_any_new_pod(backed_up_shop: Shop) -> None:
    shop = backed_up_shop
    active, inactive = colors(shop)
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "before-the-backup"})
    shop.stack.config_set("activeColor", inactive)
    preview = shop.pulumi("preview").stdout
    assert f"{PRODUCTION} will be backed up before {inactive} takes over from {active}" in preview

    with traffic(shop.cluster, shop.namespace, reference="backup") as load:
        printed = shop.up().stdout

    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, inactive)
    (name,) = names(shop)
    assert name.endswith(f"-{active}")
    assert f"backup {name}: 12 tables of {PRODUCTION}" in printed
    new_pods = [pod for pod in shop.get("pods").values() if pod["metadata"]["labels"].get("environment") == inactive]
    for pod in new_pods:
        assert name[9:15] <= pod["metadata"]["creationTimestamp"][11:19].replace(":", "")
    assert_nothing_left(shop)
    shop.pulumi("preview", "--expect-no-changes")


def test_a_backup_is_restored_beside_and_in_place_of_production(backed_up_shop: Shop) -> None:
    shop = backed_up_shop
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "after-the-backup"})

    beside = command(shop, "restore", "latest")
    assert beside.returncode == 0, beside.stdout
    assert rows(shop, BESIDE) == (1, 0)
    refused = command(shop, "restore", "latest", "--replace-production", typed="atelier\n")
    assert "every order, customer and change" in refused.stdout
    assert "Production was not touched" in refused.stdout
    assert rows(shop, PRODUCTION) == (1, 1)

    replaced = command(shop, "restore", names(shop)[0], "--replace-production", typed=f"{PRODUCTION}\n")
    assert replaced.returncode == 0, replaced.stdout
    assert rows(shop, PRODUCTION) == (1, 0)
    (aside,) = [row[0] for row in shop.as_root("SHOW DATABASES") if row[0].startswith(f"{PRODUCTION}-replaced-")]
    assert rows(shop, aside) == (1, 1)
    assert "error" not in shop.post("backend-prod-proxy", "/api/clients", {"reference": "goes-on"})
    assert rows_with(shop, PRODUCTION, "goes-on") == 1
    assert_serving(shop, shop.stack.outputs()["activeColor"])
    assert shop.as_root("SELECT user FROM mysql.user WHERE user = 'cadrart-restore'") == []
    assert "secret/cadrart-database-restore" not in shop.get("secrets")
    assert_nothing_left(shop)


def test_a_failed_backup_stops_the_switch_and_the_next_update_goes_on(backed_up_shop: Shop) -> None:
    shop = backed_up_shop
    active, inactive = colors(shop)
    pods, kept = shop.pods(), names(shop)
    right = shop.secret("cadrart-database-sync")["DATABASE_PASSWORD"]
    _set_sync_password(shop, "wrong")
    shop.stack.config_set("activeColor", inactive)
    try:
        failed = shop.up(check=False)
    finally:
        _set_sync_password(shop, right)
    assert failed.returncode != 0
    assert "The switch did not begin, because the backup before it failed" in failed.stdout
    assert "refused the account or its password" in failed.stdout
    assert "Traceback" not in failed.stdout
    assert shop.pods() == pods
    assert_serving(shop, active)

    leave_behind_what_a_killed_update_would(shop)
    shop.stack.config_set("backup.keep", "1")
    printed = shop.up().stdout
    assert_serving(shop, inactive)
    (name,) = names(shop)
    assert name > max(kept)
    assert_nothing_left(shop)
    for text in (failed.stdout, printed, shop.pulumi("stack", "export", "--show-secrets").stdout):
        assert right not in text


def test_mariadb_is_backed_up_and_restored_too(cluster: Cluster | OwnCluster, checkout: Path) -> None:
    shop = bare_shop(cluster, checkout, "backup-mariadb", "cadrart-backup-mariadb")
    try:
        settings = shop_ground.settings(database="mariadb", namespace=shop.namespace, backup={"beforeSwitch": True})
        shop.stack.init(settings)
        assert "backup: none" in shop.up().stdout
        assert names(shop) == []
        shop.post("backend-prod-proxy", "/api/clients", {"reference": "before-the-backup"})
        shop.switch("green")
        shop.post("backend-prod-proxy", "/api/clients", {"reference": "after-the-backup"})
        assert rows(shop, PRODUCTION) == (1, 1)
        restored = command(shop, "restore", "latest", "--replace-production", "--yes")
        assert restored.returncode == 0, restored.stdout
        assert rows(shop, PRODUCTION) == (1, 0)
        assert_serving(shop, "green")
    finally:
        remove(shop)


def command(shop: Shop, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """The documented command, with both streams in `stdout`."""
    whole = [sys.executable, "-m", "cadrart_infra.backup", *arguments, "--namespace", shop.namespace]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return shop.cluster.run(whole, cwd=REPOSITORY, input=typed, text=True, **streams)


def names(shop: Shop) -> list[str]:
    """Names of the backups that the command lists, newest first."""
    listed = command(shop, "list")
    assert listed.returncode == 0, listed.stdout
    return [line.split()[0] for line in listed.stdout.splitlines()[1:]]


def rows(shop: Shop, database: str) -> tuple[int, int]:
    """How many of a database's rows are from before and from after the backup."""
    return rows_with(shop, database, "before-the-backup"), rows_with(shop, database, "after-the-backup")


def assert_nothing_left(shop: Shop) -> None:
    """No Job, and no pod of one."""
    assert not shop.get("jobs")
    assert not [pod for pod in shop.pods() if "cadrart-backup" in pod]


def leave_behind_what_a_killed_update_would(shop: Shop) -> None:
    """A Job that still runs, and a half-written file on the claim."""
    image = shop_images.database_image("mysql")
    job = manifest(JobSpec("cadrart-backup", "dump", image, "IfNotPresent", 600, read_only=False))
    writing = "echo half > /backups/20200101-000000-blue.sql.gz.partial && sleep 600"
    job["spec"]["template"]["spec"]["containers"][0]["command"] = ["sh", "-c", writing]
    shop.kubectl("create", "-f", "-", stdin=json.dumps(job))
    shop.kubectl("wait", "--for=jsonpath={.status.ready}=1", "job/cadrart-backup", "--timeout=60s")
