"""The history of the shop, as the cluster keeps it: who did what, from which commit, and how it ended."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed

HISTORY = "cadrart-history"
WRITER = """
import sys
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.entry import Job, Outcome
from cadrart_infra.history.store import Done, record
kubectl = Kubectl(sys.argv[1])
for number in range(5):
    record(kubectl, Done(Job.BACKUP, Outcome.FAILED, 0, {"what": f"{sys.argv[2]} {number}"}), sys.exit)
"""


def entries(shop: Shop) -> list[dict[str, Any]]:
    """The newest first."""
    data = shop.get("configmaps")[f"configmap/{HISTORY}"]["data"]
    return [json.loads(line) for line in data["entries"].splitlines()]


def lines_of_events(shop: Shop) -> list[str]:
    return [f"{event['type']} {event['reason']}: {event['message']}" for event in shop.get("events").values()]


def git(shop: Shop, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=shop.stack.folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def commit(shop: Shop) -> Any:
    """The checkout's only commit; afterwards it is none of git's again."""
    git(shop, "init", "--quiet")
    try:
        git(shop, "add", "__main__.py", "cadrart_infra")
        git(shop, "commit", "--quiet", "--message", "the program")
        yield git(shop, "rev-parse", "HEAD")
    finally:
        subprocess.run(["rm", "-rf", str(shop.stack.folder / ".git")], check=True)


def test_what_was_done_is_recorded_with_who_and_from_what_commit(shop: Shop, commit: str) -> None:
    before = entries(shop)
    shop.stack.config_set("sync.request", "for the record")
    shop.up()
    update, sync = entries(shop)[:2]
    changed = [f"backend-{colors(shop)[1]}", "staging-sync"]  # staging's pods migrate the new copy
    assert (update["job"], update["outcome"], update["changed"]) == ("update", "done", changed)
    assert (update["commit"], update["dirty"]) == (commit, False)
    assert update["facts"]["production"] == colors(shop)[0]
    assert "@" in update["who"]
    assert update["seconds"] > sync["seconds"] > 0
    assert (sync["job"], sync["outcome"], sync["commit"]) == ("sync", "done", commit)
    assert sync["what"] == "sync.request is for the record"
    assert sync["facts"]["production"] == "atelier-cadrart"
    assert entries(shop)[2:] == before[: 50 - 2]
    assert any(line.startswith("Normal Sync: sync done (sync.request is") for line in lines_of_events(shop))

    recorded = entries(shop)
    shop.pulumi("preview", "--expect-no-changes")
    shop.up("--expect-no-changes")
    assert entries(shop) == recorded


def test_what_failed_and_what_was_refused_is_recorded_without_an_effect_on_the_next_update(shop: Shop) -> None:
    shop.as_root("DROP DATABASE IF EXISTS `atelier-cadrart-stg_prev`")
    shop.stack.config_set("sync.restorePrevious", "there is none")
    try:
        shop.up(check=False)
    finally:
        shop.stack.pulumi("config", "rm", "--path", "sync.restorePrevious")
    update, sync = entries(shop)[:2]
    assert (sync["job"], sync["outcome"]) == ("sync", "failed")
    assert_shown(sync["detail"], "There is no previous copy")
    assert (update["job"], update["outcome"], update["changed"]) == ("update", "failed", [])

    for _ in range(2):
        refused = shop.up(check=False, env={"CADRART_EXPECT": "switch"})
        assert_shown(refused.stdout, "CADRART_EXPECT is switch, but this update is none")
    refusal, second = entries(shop)[:2]
    assert (refusal["outcome"], refusal["times"]) == ("refused", 2)
    assert_shown(refusal["detail"], "CADRART_EXPECT is switch, but this update is none")
    assert second == update
    assert any(line.startswith("Warning UpdateRefused: ") for line in lines_of_events(shop))
    shop.up("--expect-no-changes")


def test_two_writers_lose_no_entry(shop: Shop) -> None:
    writers = [
        shop.cluster.popen([sys.executable, "-c", WRITER, shop.namespace, name], cwd=shop.stack.folder)
        for name in ("one", "other")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    written = [entry["what"] for entry in entries(shop)[:10]]
    assert sorted(written) == [f"{name} {number}" for name in ("one", "other") for number in range(5)]
    assert [what for what in written if what.startswith("one")] == [f"one {number}" for number in reversed(range(5))]


def test_the_status_needs_no_pulumi(shop: Shop, tmp_path: Path) -> None:
    """Nor its state, nor a stack's file; what somebody edits shows."""
    active, staging = colors(shop)
    command = [sys.executable, "-m", "cadrart_infra", "status", "--namespace", shop.namespace]
    found = shutil.which("kubectl", path=shop.cluster.env()["PATH"])
    assert found
    (tmp_path / "kubectl").symlink_to(found)
    alone = {"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"}
    assert shutil.which("pulumi", path=alone["PATH"]) is None

    def status(*arguments: str) -> str:
        options: dict[str, Any] = {
            "cwd": shop.stack.folder,
            "env": alone,
            "stdout": subprocess.PIPE,
            "text": True,
            "check": True,
        }
        return str(shop.cluster.run([*command, *arguments], **options).stdout)

    now = json.loads(status("--json"))
    assert (now["version"], now["production"], now["drift"], now["lease"]) == (1, active, [], None)
    production, in_staging = now["serving"]
    assert production["workloads"]["backend"]["databases"] == ["atelier-cadrart"]
    assert in_staging["workloads"]["frontend"]["colors"] == [staging]
    assert all(digest.startswith("sha256:") for digest in production["workloads"]["backend"]["digests"])
    assert len(production["workloads"]["backend"]["digests"]) == 1
    assert now["stagingCopy"]["production"] == "atelier-cadrart"
    assert now["history"] == entries(shop)[:10]

    with open("/dev/full", "w") as full:
        unread = shop.cluster.run(command, cwd=shop.stack.folder, env=alone, stdout=full, stderr=subprocess.PIPE)
    assert (unread.returncode, b"could not be written: No space left on device" in unread.stderr) == (1, True)

    shop.kubectl("scale", f"deployment/frontend-{staging}", "--replicas=0")
    try:
        edited = json.loads(status("--json"))["drift"]
        assert {"object": f"deployment/frontend-{staging}", "problem": "is scaled to no pods"} in edited
        assert_shown(status(), f"production {active} backend", "the Lease: nobody changes the shop now", "history:")
    finally:
        shop.up()
    assert json.loads(status("--json"))["drift"] == []


def test_an_older_checkout_is_refused_unless_it_is_meant(shop: Shop, commit: str) -> None:
    git(shop, "commit", "--quiet", "--allow-empty", "--message", "newer")
    newer = git(shop, "rev-parse", "HEAD")
    shop.stack.config_set("sync.request", "from the newer checkout")
    shop.up()
    assert entries(shop)[0]["commit"] == newer
    git(shop, "checkout", "--quiet", commit)
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        refused = shop.pulumi(*command, check=False)
        assert refused.returncode != 0
        reported = f"program ({commit[:10]}) is older than the one that made the last update ({newer[:10]}"
        assert_shown(refused.stdout, reported, "nothing was changed", "git pull", "CADRART_ALLOW_OLDER=yes")
    shop.up("--expect-no-changes", env={"CADRART_ALLOW_OLDER": "yes"})


def test_where_git_does_not_know_an_update_goes_on_and_says_so(shop: Shop) -> None:
    previewed = shop.pulumi("preview", "--expect-no-changes")
    assert_shown(previewed.stdout, "git does not know here whether this checkout is older")


def test_production_gets_only_what_staging_has_run_unless_it_is_allowed(shop: Shop) -> None:
    active, inactive = colors(shop)
    good, pods = shop.stack.settings_file.read_text(), shop.pods()
    # Another test may have brought the release to production: by this name of it nobody has.
    image = shop_images.image("backend", "1.1.0").removeprefix("docker.io/")
    try:
        shop.stack.config_set(f"images.{active}.backend", image)
        refused = shop.up(check=False)
        assert refused.returncode != 0
        assert_shown(refused.stdout, f"images.{active}.backend: ", "staging has not run", "nothing was changed")
        assert shop.pods() == pods

        shop.stack.settings_file.write_text(good)
        shop.stack.config_set("activeColor", inactive)
        shop.stack.config_set(f"images.{inactive}.backend", image)
        refused = shop.pulumi("preview", check=False)
        assert_shown(refused.stdout, "Bring it to staging first", f"pulumi config set activeColor {active}")

        shop.stack.settings_file.write_text(good)
        shop.stack.config_set(f"images.{active}.backend", image)
        shop.stack.config_set("promotion.allowUntested", "true")
        shop.stack.config_set("promotion.watch", "3")
        with production_unharmed(shop):
            hotfix = shop.up()
        assert_shown(hotfix.stdout, "gate passed", f"production served by {active} was well for 3 s")
        assert entries(shop)[0]["facts"]["images"]["backend"] == image
    finally:
        shop.stack.settings_file.write_text(good)
        shop.up()  # what served before needs no staging
    assert_converged(shop, active)
