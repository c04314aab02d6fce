"""Migrations as a step of a release: run once, before its pods, and stopping it where they fail."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.shop import images as shop_images
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import PROJECT
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.database_server import open_session
from tests.cluster.followed_update import followed_update, unlock
from tests.cluster.shop import DRAIN, assert_serving, changed

MIGRATE = ["/backend", "migrate"]


@pytest.fixture(scope="module")
def migrating_shop(cluster: Cluster | OwnCluster, checkout: Path) -> Iterator[Shop]:
    """A shop of its own: a release that has migrated production stays in its database."""
    shop = bare_shop(cluster, checkout, f"migrations{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    try:
        settings = prerequisites.settings(shop.namespace, drain={"timeout": DRAIN}, migration={"command": MIGRATE})
        shop.stack.init(settings)
        printed = shop.up().stdout
        assert_shown(printed, "migration of production: atelier-cadrart is at the level of backend:1.0.0")
        assert_shown(printed, "migration of staging: atelier-cadrart-stg is at the level of backend:1.0.0")
        yield shop
    finally:
        remove(shop)


@contextmanager
def command(shop: Shop, script: str, time_limit: int = 600) -> Iterator[None]:
    """Another command for a block, run by the image's shell; afterwards the settings are as before."""
    file = shop.stack.settings_file
    with shop.stack.settings_kept():
        settings = yaml.safe_load(file.read_text())
        settings["config"][f"{PROJECT}:migration"] = {"command": ["sh", "-c", script], "timeLimit": time_limit}
        file.write_text(json.dumps(settings))
        yield


def applied(shop: Shop, database: str) -> list[str]:
    return [name for (name,) in shop.as_root(f"SELECT name FROM `{database}`.migrations ORDER BY id")]


def backups(shop: Shop, *arguments: str) -> str:
    done = shop.cluster.run(
        [sys.executable, "-m", "cadrart_infra.backup", *arguments, "--namespace", shop.namespace],
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return str(done.stdout)


def release_to_staging(shop: Shop) -> None:
    """Staging runs a release with one migration more than the first one."""
    _, inactive = colors(shop)
    shop.stack.config_set(f"images.{inactive}.backend", shop_images.image("backend", "2.0.0"))
    shop.up()


def test_a_migration_that_takes_too_long_stops_a_release_to_staging(migrating_shop: Shop) -> None:
    shop = migrating_shop
    active, inactive = colors(shop)
    pods = shop.pods()
    shop.stack.config_set(f"images.{inactive}.backend", shop_images.image("backend", "1.1.0"))
    with command(shop, "trap 'exit 1' TERM; echo half of it; sleep 60 & wait", time_limit=10):
        failed = shop.up(check=False)
    assert failed.returncode != 0
    assert_shown(
        failed.stdout,
        "The migration of staging's database atelier-cadrart-stg by backend:1.1.0",
        "did not end within 10 s. Staging's pods go on as they were, and production is not concerned.",
        "Raise the time limit (migration.timeLimit)",
        "half of it",
        "A new copy undoes it (sync.request)",
    )
    assert shop.pods() == pods
    assert_serving(shop, active)
    shop.up()
    assert_converged(shop, active)


def test_an_update_that_follows_a_killed_one_waits_for_its_migration(migrating_shop: Shop) -> None:
    shop = migrating_shop
    release_to_staging(shop)
    shop.stack.config_set("sync.request", "for-a-killed-migration")
    with migration_lock(shop, "atelier-cadrart-stg") as release:
        with followed_update(shop) as update:
            job = running_job(shop)
            update.end()
        unlock(shop)
        with followed_update(shop) as update:
            update.wait_for_text("this migration still runs, begun by an update that was cut off; waiting for it")
            release()
            done = update.wait()
    assert done.returncode == 0, done.stdout
    assert job not in jobs(shop)
    assert applied(shop, "atelier-cadrart-stg")[-1].startswith("JobReminder")
    assert_converged(shop, colors(shop)[0])


def test_production_is_migrated_before_the_pods_of_a_switch(migrating_shop: Shop) -> None:
    shop = migrating_shop
    release_to_staging(shop)
    active, inactive = colors(shop)
    pods, before = shop.pods(), applied(shop, "atelier-cadrart")
    shop.stack.config_set("backup.beforeSwitch", "true")
    shop.stack.config_set("activeColor", inactive)
    with production_unharmed(shop):
        with command(shop, "echo no such table; exit 3"):
            failed = shop.up(check=False)
        assert failed.returncode != 0
        assert_shown(
            failed.stdout,
            "The migration of production's database atelier-cadrart by backend:2.0.0",
            f"No pod of {inactive} was started for it and no proxy was written: production is served as before.",
            "(exit code 3)",
            "no such table",
            "docs/backup.md",
        )
        assert (shop.pods(), applied(shop, "atelier-cadrart")) == (pods, before)
        assert colors(shop) == (active, inactive)

        assert_shown(shop.pulumi("preview").stdout, f"before {inactive}'s pods start, because {inactive} takes over")
        printed = shop.up().stdout
    assert_shown(printed, "migration of production: atelier-cadrart is at the level of backend:2.0.0")
    assert applied(shop, "atelier-cadrart")[len(before) :][0].startswith("JobReminder")
    assert jobs(shop) == []
    assert_converged(shop, inactive)


def test_a_release_that_ran_before_a_restore_migrates_the_restored_database(migrating_shop: Shop) -> None:
    """It would be a way back: but what it had migrated went with the database that was replaced."""
    shop = migrating_shop
    active, inactive = colors(shop)
    names = [line.split()[0] for line in backups(shop, "list").splitlines()[1:]]
    before_its_migration = next(name for name in names if name.endswith(f"-{inactive}"))
    shop.stack.config_set("activeColor", inactive)
    assert_shown(shop.up().stdout, "will be backed up when production has its older release back")
    level = applied(shop, "atelier-cadrart")
    backups(shop, "restore", before_its_migration, "--replace-production", "--yes")
    assert applied(shop, "atelier-cadrart") == level[:-1]
    assert_shown(
        shop.up().stdout,
        f"before {inactive}'s pods start, because atelier-cadrart was restored",
        "migration of production: atelier-cadrart is at the level of backend:1.0.0",
    )
    shop.stack.config_set("activeColor", active)
    assert_shown(
        shop.pulumi("preview").stdout,
        f"before {active}'s pods start, because {active} takes over from {inactive}",
        f"atelier-cadrart will be backed up before {active} takes over from {inactive}",
    )
    shop.stack.config_set("activeColor", inactive)


def test_a_pod_that_migrates_when_it_starts_is_waited_for(shop: Shop) -> None:
    """Longer than an ordinary start may take, because the database server works for it, or lets it wait."""
    _, inactive = colors(shop)
    with (
        changed(shop, rollout__timeout="10", activeColor=inactive),
        migration_lock(shop, "atelier-cadrart") as release,
        followed_update(shop) as update,
    ):
        update.wait_for_text(f"backend-{inactive} is not ready yet")
        release()
        done = update.wait()
    assert done.returncode == 0, done.stdout
    pods = shop.get("pods").values()
    mine = [pod for pod in pods if pod["metadata"]["labels"].get("io.kompose.service") == f"backend-{inactive}"]
    assert {one["restartCount"] for pod in mine for one in pod["status"]["containerStatuses"]} == {0}
    shop.switch(inactive)
    assert_converged(shop, inactive)


def jobs(shop: Shop) -> list[str]:
    """The UIDs of the Jobs that are there."""
    return [job["metadata"]["uid"] for job in shop.get("jobs").values()]


def running_job(shop: Shop) -> str:
    """The UID of a migration's Job, once its pod runs."""
    for _ in range(600):
        pods = shop.get("pods", "io.kompose.service=cadrart-migration").values()
        if any(pod["status"]["phase"] == "Running" for pod in pods):
            (uid,) = jobs(shop)
            return uid
        time.sleep(0.2)
    raise AssertionError("no migration was begun")


@contextmanager
def migration_lock(shop: Shop, database: str) -> Iterator[Callable[[], None]]:
    """Holds what the stand-in waits for before it migrates a database, until it is released."""
    name = f"CONCAT('shop-migrations-', LEFT(SHA2('{database}', 256), 32))"
    with open_session(shop, f"SELECT GET_LOCK({name}, 30), 'held'", "held") as end:
        yield end
