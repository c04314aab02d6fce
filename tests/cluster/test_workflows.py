"""The workflow files themselves, run by act on the real engine and cluster.

What is looked at is exit codes, the cluster, the repository and what GitHub was asked, not act's log.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster.cluster import Cluster
from sandbox.shop.traffic import traffic
from tests.cluster.app_workflows import app_releases
from tests.cluster.assertions import (
    assert_converged,
    assert_production_unharmed,
    colors,
    production_unharmed,
)
from tests.cluster.job_identity import JobIdentity
from tests.cluster.shop import assert_release, other_release
from tests.cluster.state_bucket import keys_of_a_role, state_in_a_bucket, state_in_a_bucket_without_keys
from tests.cluster.workflows import SLUG, Repository, dispatched


def pull_request(repository: Repository, head: str = SLUG) -> dict[str, Any]:
    """What GitHub says of a pull request: the branch that is checked out, into main."""
    base = {"ref": "main", "sha": repository.git("rev-parse", "main"), "repo": {"full_name": SLUG}}
    sha = repository.git("rev-parse", "HEAD")
    return {
        "pull_request": {"number": 7, "base": base, "head": {"ref": "change", "sha": sha, "repo": {"full_name": head}}}
    }


def test_a_pull_request_gets_a_comment_that_is_kept_up_to_date_also_when_its_settings_are_wrong(
    repository: Repository,
) -> None:
    active, staging = colors(repository.shop)
    repository.git("checkout", "--quiet", "-B", "change")
    repository.set("switch", activeColor=staging)
    first = repository.act("pull_request", "preview", pull_request(repository))
    assert first.returncode == 0, first.stdout
    (comment,) = repository.github.comments()
    assert comment.startswith(f"<!-- cadrart preview of cadrart-infra/{repository.stack} -->")
    assert f"**Production switches** from {active} to {staging}." in comment
    assert "```mermaid" in comment
    assert "backend-prod-proxy" in comment
    assert "\x1b" not in comment

    repository.set("a slip", activeColor="purple")
    second = repository.act("pull_request", "preview", pull_request(repository))
    assert second.returncode == 1, second.stdout
    (comment,) = repository.github.comments()
    assert "**It failed; nothing was changed" in comment
    assert "activeColor" in comment

    repository.git("rm", "--quiet", repository.settings_file.name)
    repository.git("commit", "--quiet", "--message", "another slip")
    third = repository.act("pull_request", "preview", pull_request(repository))
    assert third.returncode == 1, third.stdout
    (comment,) = repository.github.comments()
    assert f"the stack {repository.stack} is there: its shop would go on" in comment

    repository.git("checkout", "--quiet", "main", "--", ".")
    repository.git("commit", "--quiet", "--message", "as it was: it touches no stack any more")
    last = repository.act("pull_request", "preview", pull_request(repository))
    assert last.returncode == 0, last.stdout
    (comment,) = repository.github.comments()
    assert "Nothing would be written." in comment
    assert colors(repository.shop) == (active, staging)


def test_a_pull_request_is_previewed_by_an_account_that_can_write_nothing(repository: Repository) -> None:
    """The one whose previews the test before saw: it is in the secrets of the repository, and no other one is."""
    if not isinstance(repository.shop.cluster, Cluster):
        pytest.skip("the accounts of these tests are made for the throw-away cluster")
    with repository.kubeconfig_of_the_repository() as environment:
        command = ["kubectl", "--namespace", repository.shop.namespace, "auth", "can-i"]
        listed = repository.shop.cluster.run([*command, "--list"], env=environment, capture_output=True, text=True)
        assert "deployments.apps" in listed.stdout, listed.stderr
        for line in listed.stdout.splitlines()[1:]:
            verbs = set(line[line.rindex("[") + 1 : line.rindex("]")].split())
            assert verbs <= {"get", "list", "watch"} or "selfsubject" in line, line


def test_of_a_fork_s_pull_request_and_of_one_that_touches_no_stack_nothing_is_previewed(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-B", "change")
    (repository.folder / "README.md").write_text("read\n")
    repository.git("add", "README.md")
    repository.git("commit", "--quiet", "--message", "docs")
    assert repository.act("pull_request", "preview", pull_request(repository)).returncode == 0
    repository.set("switch", activeColor=colors(repository.shop)[1])
    assert repository.act("pull_request", "preview", pull_request(repository, head="other/infra")).returncode == 0
    # whether an earlier push has a comment, and nothing else
    assert set(repository.github.read()["asked"]) == {f"GET /repos/{SLUG}/issues/7/comments"}
    assert repository.github.comments() == []


def test_what_was_merged_is_deployed_as_its_preview_showed_it_and_not_what_nobody_saw(
    repository: Repository, identity: JobIdentity | None, tmp_path: Path
) -> None:
    """With Pulumi's state in a bucket, which a preview can only read, and no password of the cluster."""
    active, staging = colors(repository.shop)
    before = repository.git("rev-parse", "main")
    repository.git("checkout", "--quiet", "-B", "change")
    merged = repository.set("switch", activeColor=staging)
    with state_in_a_bucket(repository, tmp_path) as (bucket, reader), repository.known_as(identity):
        assert bucket.request(reader, "PUT", "a-try") == "403"
        state = [path for path in bucket.folder.rglob("*.json") if path.parent.name == "cadrart-infra"]
        assert state, "no state"
        seen = repository.act("pull_request", "preview", pull_request(repository))
        assert seen.returncode == 0, seen.stdout
        repository.git("checkout", "--quiet", "main")
        repository.git("merge", "--quiet", "change")
        repository.git("push", "--quiet", "origin", "main")
        push = {"ref": "refs/heads/main", "before": before, "after": merged}
        with production_unharmed(repository.shop):
            refused = repository.act("push", "deploy", push)
            assert refused.returncode == 1, refused.stdout
            assert colors(repository.shop) == (active, staging)
            with repository.github.changed() as has:
                has["pulls"] = {merged: [7]}
            done = repository.act("push", "deploy", push)
        assert done.returncode == 0, done.stdout
        assert colors(repository.shop) == (staging, active)
        again = repository.act("push", "deploy", push)
        assert again.returncode == 0, again.stdout


def test_two_releases_at_once_both_happen_and_one_is_an_app_s(repository: Repository) -> None:
    """The app's repository begins its release by GitHub, whose part is played here, and waits for its end."""
    images = repository.settings()["images"][colors(repository.shop)[1]]
    versions = {name: other_release(image) for name, image in images.items()}
    before = repository.history()
    load_of = traffic(repository.shop.cluster, repository.shop.namespace, reference="load-of-releases")
    with app_releases(repository, "backend", versions["backend"]) as app:
        inputs = dispatched(repository)
        assert inputs == {"workload": "backend", "version": versions["backend"], "stack": repository.stack}
        with load_of as load, repository.begun("workflow_dispatch", "release", **inputs) as one:
            other = repository.dispatch("release", workload="frontend", version=versions["frontend"])
            printed, _ = one.communicate(timeout=300)
        assert (one.returncode, other.returncode) == (0, 0), printed + other.stdout
        with repository.github.changed() as has:
            has["runs"][0]["conclusion"] = "success"
        assert_production_unharmed(load)  # staging's copy has rows of this load by now
        assert len(repository.history()) == len(before) + 2
        after = repository.settings()["images"][colors(repository.shop)[1]]
        assert after == {name: f"{image.rpartition(':')[0]}:{versions[name]}" for name, image in images.items()}
        assert_release(repository.shop, "backend", versions["backend"])
        repository.up_to_date()
        repository.shop.stack.settings_file.write_text(repository.settings_file.read_text())
        repository.shop.pulumi("preview", "--expect-no-changes")
        said, _ = app.communicate(timeout=60)
    assert app.returncode == 0, said
    _assert_a_release_that_git_lost_is_not_taken_back(repository, images)


def _assert_a_release_that_git_lost_is_not_taken_back(repository: Repository, before: dict[str, str]) -> None:
    """By the other workload's next one: the commit of the last release is gone, as if its push had been refused."""
    (lost,) = (name for name in before if f".{name} = " in repository.history()[0])
    (other,) = before.keys() - {lost}
    whole = repository.git("rev-parse", "origin/main")
    repository.git("push", "--quiet", "--force", "origin", f"{whole}~1:refs/heads/main")
    try:
        repository.up_to_date()
        running = {proxy: answer["release"] for proxy, answer in repository.shop.who_serves().items()}
        refused = repository.dispatch("release", workload=other, version=before[other].rpartition(":")[2])
        assert refused.returncode == 1, refused.stdout
        serves = {proxy: answer["release"] for proxy, answer in repository.shop.who_serves().items()}
        assert serves == running
        assert repository.git("rev-parse", "origin/main") == repository.git("rev-parse", f"{whole}~1")
    finally:
        repository.git("push", "--quiet", "--force", "origin", f"{whole}:refs/heads/main")


def test_a_switch_and_a_rollback_are_committed_when_production_has_turned_and_not_when_they_did_not(
    repository: Repository,
) -> None:
    """One that is refused and one that fails at its gate leave Git as it was; the cause gone, and then the way back."""
    active, staging = colors(repository.shop)
    with production_unharmed(repository.shop):
        with a_smoke_test_that_fails(repository):
            before = repository.history()
            refused = repository.dispatch("switch", color=active, leaves=staging)
            assert refused.returncode == 1, refused.stdout
            assert repository.history() == before
            failed = repository.dispatch("switch", color=staging, leaves=active)
            assert failed.returncode == 1, failed.stdout
            assert repository.history() == before
            assert colors(repository.shop) == (active, staging)
            assert repository.settings()["activeColor"] == active
        before = repository.history()
        done = repository.dispatch("switch", color=staging, leaves=active)
        assert done.returncode == 0, done.stdout
        assert repository.history() == [f"switch: activeColor = {staging}", *before]
        back = repository.dispatch("rollback")
    assert back.returncode == 0, back.stdout
    assert repository.history() == [f"rollback: activeColor = {active}", f"switch: activeColor = {staging}", *before]
    repository.up_to_date()
    shutil.copy2(repository.settings_file, repository.shop.stack.settings_file)
    assert_converged(repository.shop, active)


@contextlib.contextmanager
def a_smoke_test_that_fails(repository: Repository) -> Iterator[None]:
    """In the settings on main, while the block runs."""
    repository.set("a smoke test that fails", gate={"smokeCommand": "exit 7"})
    repository.git("push", "--quiet", "origin", "main")
    try:
        yield
    finally:
        repository.up_to_date()
        repository.set("no smoke test", gate={})
        repository.git("push", "--quiet", "origin", "main")


def test_drift_is_one_issue_until_it_is_gone(
    repository: Repository, identity: JobIdentity | None, tmp_path: Path
) -> None:
    """Found by a job that has no password of the cluster; in the end with the state in a bucket, and no keys of it."""
    shop = repository.shop
    name = f"deployment/frontend-{colors(shop)[1]}"
    with repository.known_as(identity):
        assert repository.act("schedule", "drift").returncode == 0
        shop.kubectl("scale", name, "--replicas=0")
        try:
            for _ in range(2):
                assert repository.act("schedule", "drift").returncode == 1
            assert shop.get("deployments")[name]["spec"]["replicas"] == 0
            (issue,) = repository.github.read()["issues"]
            assert issue["state"] == "open"
            assert "spec.replicas is 0 instead of 1" in issue["body"]
        finally:
            shop.up()
        with state_in_a_bucket_without_keys(repository, identity, tmp_path):
            assert repository.act("schedule", "drift").returncode == 0
    (issue,) = repository.github.read()["issues"]
    assert issue["state"] == "closed"


def test_no_backup_is_made_at_night_where_no_stack_is_named_for_it(repository: Repository) -> None:
    """Not even the first step of a job: there is no stack for it."""
    done = repository.act("schedule", "backup")
    assert done.returncode == 0, done.stdout
    assert "Set up job" not in done.stdout


def test_a_sync_by_hand_is_committed(repository: Repository, identity: JobIdentity | None, tmp_path: Path) -> None:
    """By a job that has no password of the cluster, and no keys of the bucket that has the state.

    What GitHub signs for it ends sooner than its update.
    """
    before = repository.history()
    with repository.known_as(identity), state_in_a_bucket_without_keys(repository, identity, tmp_path) as bucket:
        if bucket and identity:
            reader = keys_of_a_role(bucket, identity, "pull_request", "reader")
            assert bucket.request(reader, "GET", ".pulumi/meta.yaml") == "200"
            assert bucket.request(reader, "PUT", "a-try") == "403"
            assert not keys_of_a_role(bucket, identity, "pull_request", "writer")
        done = repository.dispatch("sync", previous="false")
    assert done.returncode == 0, done.stdout
    assert len(repository.history()) == len(before) + 1
    assert repository.history()[0].startswith("sync: sync.request = ")
    if identity:
        assert identity.signing.asked(identity.server).count(f"environment:{repository.stack}") > 1


def test_the_cluster_knows_a_job_by_what_it_is_for_and_none_of_another_repository(identity: JobIdentity | None) -> None:
    if not identity:
        pytest.skip("the API server of your own cluster is not ours to configure")
    identity.wait()
    assert identity.who("environment:prod") == "github:environment:prod"
    assert identity.who("pull_request") == "github:pull_request"
    assert identity.who("ref:refs/heads/a-branch") == "github:refs/heads/a-branch"
    assert identity.who("environment:prod", repository="other/infra") == ""
    assert identity.who("environment:prod", aud="https://another-cluster:6443") == ""
    updates = f"environment:{identity.shop.stack.name}"
    assert [identity.may(updates, verb) for verb in ("get", "patch")] == ["yes", "yes"]
    assert [identity.may("pull_request", verb) for verb in ("get", "patch")] == ["yes", "no"]
    assert [identity.may("ref:refs/heads/a-branch", verb) for verb in ("get", "patch")] == ["no", "no"]
