"""The backup before a switch, with traffic through all proxies, and the way back."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.backup.jobs import JobSpec, manifest
from cadrart_infra.pod_security import security_of
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.shop import images as shop_images
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.traffic import traffic
from tests.cluster.assertions import (
    assert_converged,
    assert_production_unharmed,
    assert_rows_where_they_belong,
    assert_shown,
    colors,
    production_unharmed,
)
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.database_server import refused_sync_account
from tests.cluster.followed_update import followed_update, unlock
from tests.cluster.shop import assert_serving, changed, new_release

PRODUCTION, BESIDE = "atelier-cadrart", "atelier-cadrart-restored"


@pytest.fixture(scope="module")
def backed_up_shop(shop: Shop) -> Iterator[Shop]:
    """The shop with backups on; afterwards they are off again, whichever colour is active, and the claim is there."""
    with changed(shop, backup__beforeSwitch="true"):
        yield shop
    shop.stack.config_set("activeColor", colors(shop)[0])
    shop.up()
    assert "persistentvolumeclaim/cadrart-backups" in shop.get("persistentvolumeclaims")


def test_a_failed_backup_stops_the_switch(backed_up_shop: Shop) -> None:
    shop = backed_up_shop
    active, inactive = colors(shop)
    pods = shop.pods()
    shop.stack.config_set("activeColor", inactive)
    with shop.stack.settings_kept():
        new_release(shop, inactive)
        preview = shop.pulumi("preview").stdout
        assert f"{PRODUCTION} will be backed up before {inactive} takes over from {active}" in preview
        with refused_sync_account(shop) as right:
            failed = shop.up(check=False)
    assert failed.returncode != 0
    assert "The switch did not begin, because the backup before it failed" in failed.stdout
    assert "refused the account or its password" in failed.stdout
    assert "Traceback" not in failed.stdout
    assert right not in failed.stdout
    assert shop.pods() == pods
    assert_serving(shop, active)


def test_the_next_update_backs_production_up_before_any_new_pod(backed_up_shop: Shop) -> None:
    shop = backed_up_shop
    active, inactive = colors(shop)
    shop.stack.config_set("activeColor", inactive)
    known = names(shop)
    leave_behind_what_a_killed_update_would(shop)
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "before-the-backup"})

    with traffic(shop.cluster, shop.namespace, reference="backup") as load:
        printed = shop.up().stdout

    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, inactive)
    (name,) = (name for name in names(shop) if name not in known)
    assert name.endswith(f"-{active}")
    assert re.search(rf"backup {name}: \d+ tables of {PRODUCTION}.*, loaded and compared", printed)
    assert [row for row in shop.as_root("SHOW DATABASES") if row[0].endswith("_backup")] == []
    moment = datetime.strptime(name[:15], "%Y%m%d-%H%M%S")
    created = [pod["metadata"]["creationTimestamp"] for pod in pods_for_production(shop, inactive)]
    assert len(created) == 2
    assert all(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") >= moment for text in created)
    assert_nothing_left(shop)
    shop.pulumi("preview", "--expect-no-changes")
    password = shop.secret("cadrart-database-sync")["DATABASE_PASSWORD"]
    for text in (printed, shop.pulumi("stack", "export", "--show-secrets").stdout):
        assert password not in text


def test_a_backup_is_restored_beside_and_in_place_of_production(backed_up_shop: Shop) -> None:
    shop = backed_up_shop
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "after-the-backup"})

    refused = command(shop, "restore", "latest", "--replace-production", typed="atelier\n")
    assert "every order, customer and change" in refused.stdout
    assert f"Production was not touched. {names(shop)[0]} is in the database {BESIDE}" in refused.stdout
    assert rows(shop, BESIDE) == (1, 0)
    assert rows(shop, PRODUCTION) == (1, 1)

    replaced = command(shop, "restore", "latest", "--replace-production", typed=f"{PRODUCTION}\n")
    assert replaced.returncode == 0, replaced.stdout
    assert rows(shop, PRODUCTION) == (1, 0)
    (aside,) = [row[0] for row in shop.as_root("SHOW DATABASES") if row[0].startswith(f"{PRODUCTION}-replaced-")]
    assert rows(shop, aside) == (1, 1)
    assert "error" not in shop.post("backend-prod-proxy", "/api/clients", {"reference": "goes-on"})
    assert shop.rows_with(PRODUCTION, "goes-on") == 1
    assert_serving(shop, colors(shop)[0])
    assert shop.as_root("SELECT user FROM mysql.user WHERE user = 'cadrart-restore'") == []
    assert "secret/cadrart-database-restore" not in shop.get("secrets")
    assert_nothing_left(shop)


def test_a_copy_that_was_kept_elsewhere_is_brought_back_and_restored(backed_up_shop: Shop, tmp_path: Path) -> None:
    shop = backed_up_shop
    if "persistentvolumeclaim/cadrart-backups" not in shop.get("persistentvolumeclaims"):
        shop.up()
    if not names(shop):
        shop.program("backup")
    name = names(shop)[0]
    rows = tmp_path / f"{name}.sql.gz"
    downloaded = shop.program("download", "latest", str(tmp_path))
    assert_shown(downloaded.stdout, f"Back to a claim: cadrart upload {rows}")
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{name}.json", f"{name}.sql.gz"]
    copied = rows.read_bytes()

    run_on_the_claim(shop, f"rm /backups/{name}.json && echo half >/backups/{name}.sql.gz", "--for=condition=complete")
    shop.kubectl("delete", "job", "cadrart-backup")
    assert "is missing or damaged" in command(shop, "list").stdout
    refused = shop.program("download", name, str(tmp_path), check=False)
    assert refused.returncode == 1
    assert "is missing or damaged" in refused.stdout
    assert rows.read_bytes() == copied

    assert_shown(shop.program("upload", str(rows)).stdout, f"The way back: cadrart restore {name}")
    assert name in names(shop)
    assert_nothing_left(shop)
    restored = command(shop, "restore", name)
    assert restored.returncode == 0, restored.stdout
    assert_shown(restored.stdout, f"{name} is in the database {BESIDE}")


def test_uploaded_files_are_copied_and_brought_back_as_the_page_says(shop: Shop, tmp_path: Path) -> None:
    pod, file = f"deployment/backend-{colors(shop)[0]}", "/var/www/static/a picture.txt"
    out, back = (
        command.replace("-n cadrart", f"-n {shop.namespace}").replace("deployment/backend-blue", pod)
        for command in page_commands("Uploaded files")
    )
    shop.kubectl("exec", pod, "--", "sh", "-c", f"echo oak >'{file}'")
    try:
        shop.cluster.run(["sh", "-c", out], cwd=tmp_path, check=True)
        shop.kubectl("exec", pod, "--", "sh", "-c", f"echo worse >'{file}'")
        shop.cluster.run(["sh", "-c", back], cwd=tmp_path, check=True)
        assert shop.kubectl("exec", pod, "--", "cat", file) == "oak\n"
    finally:
        shop.kubectl("exec", pod, "--", "sh", "-c", f"rm '{file}'")


@pytest.mark.endurance
@pytest.mark.parametrize("said", ["dumping", "loading it into"])
def test_what_a_backup_that_was_killed_leaves_is_removed_by_an_update_that_makes_none(
    backed_up_shop: Shop, said: str
) -> None:
    shop = backed_up_shop
    active, inactive = colors(shop)
    with production_unharmed(shop):
        with changed(shop, activeColor=inactive), followed_update(shop) as update:
            update.wait_for_text(said)
            update.send(signal.SIGKILL)
        assert "job/cadrart-backup" in shop.get("jobs")
        assert [f"{PRODUCTION}-stg_backup"] in shop.as_root("SHOW DATABASES")
        unlock(shop)
        assert_shown(shop.pulumi("preview").stdout, "backup: the one of an update that was killed will be removed")
        assert_shown(shop.up().stdout, "killed is removed, with its copy of production")
    assert_nothing_left(shop)
    assert [f"{PRODUCTION}-stg_backup"] not in shop.as_root("SHOW DATABASES")
    assert_converged(shop, active)


def test_a_copy_whose_job_somebody_deleted_is_removed_by_the_next_update(backed_up_shop: Shop) -> None:
    shop, copy = backed_up_shop, f"{PRODUCTION}-stg_backup"
    shop.as_root(f"CREATE DATABASE `{copy}`", f"CREATE TABLE `{copy}`.cadrart_backup_plan (n int PRIMARY KEY)")
    assert_shown(shop.pulumi("preview").stdout, "backup: the one of an update that was killed will be removed")
    assert_shown(shop.up().stdout, "killed is removed, with its copy of production")
    assert [copy] not in shop.as_root("SHOW DATABASES")

    shop.as_root(f"CREATE DATABASE `{copy}`", f"CREATE TABLE `{copy}`.somebody_s (n int PRIMARY KEY)")
    try:
        assert "backup: the one of an update" not in shop.up().stdout
        assert [copy] in shop.as_root("SHOW DATABASES")
    finally:
        shop.as_root(f"DROP DATABASE `{copy}`")


@pytest.mark.endurance  # the database tests cover the same dump and exchange on MariaDB
def test_mariadb_is_backed_up_and_restored_too(cluster: Cluster | OwnCluster, checkout: Path) -> None:
    shop = bare_shop(cluster, checkout, "backup-mariadb")
    try:
        settings = prerequisites.settings(shop.namespace, database="mariadb", backup={"beforeSwitch": True})
        shop.stack.init(settings)
        assert "backup: none" in shop.up().stdout
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


def pods_for_production(shop: Shop, color: str) -> list[dict[str, Any]]:
    """A colour's pods that are bound to production."""
    labels = f"environment={color},ateliercadrart.com/environment=prod"
    return list(shop.get("pods", labels).values())


def command(shop: Shop, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """The documented command, with both streams in `stdout`."""
    whole = [sys.executable, "-m", "cadrart_infra.backup", *arguments, "--namespace", shop.namespace]
    return shop.cluster.run(
        whole, cwd=REPOSITORY, input=typed, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def page_commands(heading: str) -> list[str]:
    """The blocks of commands in a part of the page about backups."""
    part = (REPOSITORY / "docs/backup.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```\n(.*?)```", part, re.DOTALL)


def names(shop: Shop) -> list[str]:
    """Names of the backups that the command lists, newest first."""
    listed = command(shop, "list")
    assert listed.returncode == 0, listed.stdout
    return [line.split()[0] for line in listed.stdout.splitlines()[1:]]


def rows(shop: Shop, database: str) -> tuple[int, int]:
    """How many of a database's rows are from before and from after the backup."""
    return shop.rows_with(database, "before-the-backup"), shop.rows_with(database, "after-the-backup")


def assert_nothing_left(shop: Shop) -> None:
    """No Job, and no pod of one."""
    assert not shop.get("jobs")
    assert not [pod for pod in shop.pods() if "cadrart-backup" in pod]


def leave_behind_what_a_killed_update_would(shop: Shop) -> None:
    """A Job that still runs, and a half-written file on the claim."""
    writing = "echo half > /backups/20200101-000000-blue.sql.gz.partial && sleep 600"
    run_on_the_claim(shop, writing, "--for=jsonpath={.status.ready}=1")


def run_on_the_claim(shop: Shop, script: str, until: str) -> None:
    """Begins a backup's Job with this script, and waits for it."""
    image = shop_images.database_image("mysql")
    user = security_of(shop.get("deployments")["deployment/db"]["spec"]["template"]).user
    job = manifest(JobSpec("cadrart-backup", "dump", image, "IfNotPresent", 600, read_only=False, user=user))
    job["spec"]["template"]["spec"]["containers"][0]["command"] = ["sh", "-c", script]
    shop.kubectl("create", "-f", "-", stdin=json.dumps(job))
    shop.kubectl("wait", until, "job/cadrart-backup", "--timeout=60s")
