"""Another image for the database server: rehearsed on a copy of production, while production goes on."""

import json
import signal
import subprocess
import sys
from typing import Any

import pytest
import yaml

from cadrart_infra import naming
from sandbox.cluster.cluster import Cluster
from sandbox.paths import REPOSITORY
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from sandbox.shop.stack import PROJECT
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.database_server import ask_for_restart, passwords, pod_of_the_server, server
from tests.cluster.followed_update import followed_update, unlock
from tests.cluster.shop import changed

NEWER = "docker.io/cadrart-sandbox/mysql:9.7.99"
"""The same server by the name of a newer one, which runs from its test on."""
NEWEST = "docker.io/cadrart-sandbox/mysql:9.7.100"
"""The same by another name, which never gets to run."""
UNFIT = "docker.io/cadrart-sandbox/mysql:9.8"
"""MariaDB by the name of a newer MySQL: it does not start on such files."""

LEFT_BY_A_KILLED_UPDATE = (
    "--image",
    shop_images.database_image("mysql"),
    "--",
    "sh",
    "-c",
    "trap exit TERM; sleep 600 & wait",
)

COPY_OF_A_BACKUP = "atelier-cadrart-stg_backup"


@pytest.fixture
def named(shop: Shop) -> Shop:
    """The shop on a node that has these images."""
    if not isinstance(shop.cluster, Cluster):
        pytest.skip("images of a cluster of one's own get no other names")
    for name in (NEWER, NEWEST):
        shop.cluster.tag(shop_images.database_image("mysql"), name)
    shop.cluster.tag(shop_images.database_image("mariadb"), UNFIT)
    return shop


def test_an_upgrade_that_fails_in_its_rehearsal_leaves_production_as_it_is(named: Shop) -> None:
    shop, before, pods = named, server(named), named.pods()
    active, inactive = colors(shop)
    with production_unharmed(shop), shop.stack.settings_kept():
        shop.stack.config_set("database.image", UNFIT)
        ask_for_restart(shop)
        unfit_server = shop.up(check=False)
        for key, value in {"image": NEWEST, "rehearseReleases": "staging", "rehearsalReleaseTimeLimit": "5"}.items():
            shop.stack.config_set(f"database.{key}", value)
        shop.stack.config_set(f"images.{inactive}.backend", shop_images.image("backend", "broken-health-500"))
        shop.stack.config_set("environments.stg.logLevel", "debug")  # for a line of the release's own log
        set_migration(shop, "/backend migrate && echo this copy is migrated")
        unfit_release = shop.up(check=False)
        set_migration(shop, "echo no such table; exit 3")
        unfit_migration = shop.up(check=False)
    assert_shown_why(unfit_server, unfit_release, unfit_migration)
    for failed in (unfit_server, unfit_release, unfit_migration):
        assert failed.returncode != 0
        assert_shown(failed.stdout, "Production goes on with", f"pulumi config set --path database.image {image(shop)}")
        assert not any(password in failed.stdout for password in passwords(shop))
    assert server(shop) == before
    assert shop.pods() == pods
    assert not shop.get("jobs")

    assert_removes_what_killed_updates_left(shop)
    assert server(shop) == before
    assert_converged(shop, active)


def assert_shown_why(*failed: "subprocess.CompletedProcess[str]") -> None:
    """Each of the rehearsals that fail says at what: with the server alone, with a release, with a migration."""
    unfit_server, unfit_release, unfit_migration = failed
    assert_shown(
        unfit_server.stdout,
        "The database server was not restarted, because the rehearsal of its upgrade from",
        "does not start on these files",
    )
    assert_shown(
        unfit_release.stdout,
        "rehearsal: this copy is migrated",
        "The release is not well with the new server",
        "error: backend:broken-health-500 (staging): /api/health/live answers 500",
        "release: time=",  # the beginning of a line that it logged
        "pulumi config set --path database.rehearseReleases none",
    )
    assert_shown(
        unfit_migration.stdout,
        "The release's migration failed on the copy that the new server holds (exit code 3)",
        "no such table",
    )
    assert "is not well with the new server" not in unfit_migration.stdout, "a release is started on no such copy"


def assert_removes_what_killed_updates_left(shop: Shop) -> None:
    """Of an update."""
    for job in ("cadrart-rehearsal", "cadrart-backup"):
        shop.kubectl("create", "job", job, *LEFT_BY_A_KILLED_UPDATE)
    copied_by_a_killed_backup(shop)
    reported = shop.up().stdout
    assert_shown(reported, "the rehearsal of an update that was killed is removed")
    assert_shown(reported, "backup: the one of an update that was killed is removed, with its copy of production")
    assert not shop.get("jobs")
    assert [COPY_OF_A_BACKUP] not in shop.as_root("SHOW DATABASES")


def test_an_upgrade_is_backed_up_and_rehearsed_before_the_restart(named: Shop) -> None:
    shop, before, old = named, server(named), image(named)
    active, inactive = colors(shop)
    tried = list(dict.fromkeys(backend(shop, color) for color in (active, inactive)))
    by, be = (["production and staging"], "is") if len(tried) == 1 else (["production", "staging"], "are")
    releases = " and ".join(f"{naming.release_of(one)} ({who})" for one, who in zip(tried, by, strict=True))
    for job in ("cadrart-rehearsal", "cadrart-backup"):
        shop.kubectl("create", "job", job, *LEFT_BY_A_KILLED_UPDATE)
    shop.stack.config_set("database.image", NEWER)
    shop.stack.config_set("database.rehearseReleases", "both")
    ask_for_restart(shop)
    announced = (
        f"its upgrade from {old} to {NEWER}: first a backup of atelier-cadrart, then a rehearsal on a copy of it"
    )
    preview = shop.pulumi("preview").stdout
    assert_shown(preview, announced, f"with {releases} started on it", "then the restart")
    assert_shown(preview, "backup: the one of an update that was killed will be removed")

    reported = shop.up().stdout
    assert_shown(reported, "rehearsed on a copy from backup", "tables are equal, and MySQL 9.7", "answers again")
    assert_shown(reported, f"{releases} {be} healthy with it, and no migration is said to be missing")
    assert server(shop).uid != before.uid
    assert image(shop) == NEWER
    assert not shop.get("jobs")
    (rehearsal, *_) = (one for one in history(shop) if one["job"] == "rehearsal")
    assert rehearsal["outcome"] == "done"
    assert rehearsal["facts"]["tables"] > 5
    assert rehearsal["facts"]["releases"] == tried
    assert_converged(shop, active)


@pytest.mark.endurance
@pytest.mark.parametrize("said", ["holds the backup", "took its files up", "tables are the same in"])
def test_killed_at_every_step_of_a_rehearsal_production_goes_on_and_nothing_is_left(named: Shop, said: str) -> None:
    shop, before = named, server(named)
    active, _ = colors(shop)
    with production_unharmed(shop):
        with changed(shop, database__image=NEWEST, database__rehearseReleases="staging"):
            ask_for_restart(shop)
            with followed_update(shop) as update:
                update.wait_for_text(said)
                update.send(signal.SIGKILL)
        assert "job/cadrart-rehearsal" in shop.get("jobs")
        unlock(shop)
        shop.up()
    assert not shop.get("jobs")
    assert server(shop) == before
    assert_converged(shop, active)


@pytest.mark.endurance
def test_the_way_back_after_converted_files_is_what_the_failed_update_says(named: Shop) -> None:
    shop = named
    active, _ = colors(shop)
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "before-the-conversion"})
    # Neither server starts on such files, as after a conversion that was cut off; the one that runs has them open.
    shop.kubectl("exec", "deployment/db", "--", "chmod", "000", "/var/lib/mysql/ibdata1")
    with changed(shop, database__image=UNFIT, database__rehearse="false", database__restartTimeout="30"):
        ask_for_restart(shop)
        failed = shop.up(check=False)
    assert_shown(failed.stdout, "what ran before does not answer either", "may have converted the data files")

    said = [line.strip() for line in failed.stdout.splitlines()]
    new_files, restore = (line for line in said if line.startswith("python -m cadrart_infra."))
    for command in (new_files, restore):
        arguments = [*command.split()[1:], "--yes", "--namespace", shop.namespace]
        done = shop.cluster.run(
            [sys.executable, *arguments], cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert done.returncode == 0, done.stdout
    (delete,) = (line for line in said if line.startswith("kubectl delete"))
    shop.kubectl(*delete.split()[1:])
    shop.up()
    assert shop.rows_with("atelier-cadrart", "before-the-conversion") == 1
    assert ["atelier-cadrart-sync"] in shop.as_root("SELECT user FROM mysql.user")
    assert_converged(shop, active)


def copied_by_a_killed_backup(shop: Shop) -> None:
    """The database in which a backup is compared, when its tables have come back."""
    plan = f"`{COPY_OF_A_BACKUP}`.cadrart_backup_plan (n int PRIMARY KEY, statement longtext NOT NULL)"
    rows = f"CREATE TABLE `{COPY_OF_A_BACKUP}`.client AS SELECT * FROM `atelier-cadrart`.client"
    shop.as_root(f"CREATE DATABASE `{COPY_OF_A_BACKUP}`", f"CREATE TABLE {plan}", rows)


def set_migration(shop: Shop, script: str) -> None:
    """The command with which a release migrates, run by the image's shell."""
    file = shop.stack.settings_file
    settings = yaml.safe_load(file.read_text())
    settings["config"][f"{PROJECT}:migration"] = {"command": ["sh", "-c", script]}
    file.write_text(json.dumps(settings))


def image(shop: Shop) -> str:
    """Of the server that runs."""
    return str(pod_of_the_server(shop)["spec"]["containers"][0]["image"])


def backend(shop: Shop, color: str) -> str:
    """The image of a colour's backend."""
    deployment = shop.get("deployments")[f"deployment/backend-{color}"]
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def history(shop: Shop) -> list[dict[str, Any]]:
    """The newest entries, the newest first."""
    found: list[dict[str, Any]] = json.loads(shop.program("status", "--json").stdout)["history"]
    return found
