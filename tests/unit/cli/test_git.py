"""The settings in Git, with a real repository."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.cli.exclusive_access import exclusive_access
from cadrart_infra.cli.git import (
    GitError,
    NotAdvanced,
    commit,
    commits_since,
    fast_forward,
    require_main,
    was_committed,
    workflow_environment,
)
from cadrart_infra.github.stacks import NoHistory


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two clones of one repository, both on main."""
    for variable in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(variable, "a")
    for variable in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(variable, "a@example.com")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin")
    one, other = tmp_path / "one", tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "origin", "one")
    git(one, "checkout", "--quiet", "-B", "main")
    (one / "Pulumi.prod.yaml").write_text("blue\n")
    (one / "README.md").write_text("read\n")
    git(one, "add", ".")
    git(one, "commit", "--quiet", "-m", "first")
    git(one, "push", "--quiet", "origin", "main")
    git(tmp_path, "clone", "--quiet", "origin", "other")
    return one, other


def test_only_the_settings_are_committed_and_pushed(clones: tuple[Path, Path]) -> None:
    one, other = clones
    (one / "Pulumi.prod.yaml").write_text("green\n")
    (one / "README.md").write_text("not yet\n")
    commit(one / "Pulumi.prod.yaml", "switch: green")
    git(other, "pull", "--quiet")
    assert git(other, "log", "-1", "--format=%s") == "switch: green"
    assert (other / "Pulumi.prod.yaml").read_text() == "green\n"
    assert (other / "README.md").read_text() == "read\n"


def test_settings_as_before_are_no_commit(clones: tuple[Path, Path]) -> None:
    one, _ = clones
    commit(one / "Pulumi.prod.yaml", "nothing")
    assert git(one, "log", "-1", "--format=%s") == "first"


def test_what_somebody_pushed_meanwhile_stays(clones: tuple[Path, Path]) -> None:
    one, other = clones
    (other / "README.md").write_text("theirs\n")
    git(other, "commit", "--quiet", "-am", "theirs")
    git(other, "push", "--quiet")
    (one / "Pulumi.prod.yaml").write_text("green\n")
    commit(one / "Pulumi.prod.yaml", "switch: green")
    assert git(one, "log", "--format=%s").splitlines() == ["switch: green", "theirs", "first"]
    assert git(one, "rev-parse", "origin/main") == git(one, "rev-parse", "HEAD")


def test_a_push_that_is_refused_says_that_the_cluster_has_the_change(clones: tuple[Path, Path]) -> None:
    one, _ = clones
    git(one, "remote", "set-url", "origin", "/nowhere")
    (one / "Pulumi.prod.yaml").write_text("green\n")
    with pytest.raises(GitError, match="The cluster has the change already"):
        commit(one / "Pulumi.prod.yaml", "switch: green")


def test_a_workflow_commits_as_its_actor_and_its_token_is_asked_for_by_git(
    clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = clones
    monkeypatch.setenv("GITHUB_ACTOR", "tester")
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    (one / "Pulumi.prod.yaml").write_text("green\n")
    commit(one / "Pulumi.prod.yaml", "switch: green")
    assert git(one, "log", "-1", "--format=%an <%ae>") == "tester <tester@users.noreply.github.com>"
    asked = subprocess.run(
        ["git", "credential", "fill"],
        env={**os.environ, **workflow_environment(os.environ)},
        input="protocol=https\nhost=github.com\n\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "username=x-access-token\npassword=t0ken\n" in asked.stdout


def test_a_checkout_is_brought_to_where_its_origin_is(clones: tuple[Path, Path]) -> None:
    one, other = clones
    assert not fast_forward(other)
    (one / "Pulumi.prod.yaml").write_text("green\n")
    before = git(other, "rev-parse", "HEAD")
    commit(one / "Pulumi.prod.yaml", "switch: green")
    assert fast_forward(other)
    assert (other / "Pulumi.prod.yaml").read_text() == "green\n"
    assert commits_since(other, before) == [before, git(one, "rev-parse", "HEAD")]


def test_a_checkout_with_commits_of_its_own_or_without_an_origin_is_left_as_it_is(clones: tuple[Path, Path]) -> None:
    one, other = clones
    (other / "README.md").write_text("theirs\n")
    git(other, "commit", "--quiet", "-am", "theirs")
    (one / "Pulumi.prod.yaml").write_text("green\n")
    commit(one / "Pulumi.prod.yaml", "switch: green")
    before = git(other, "rev-parse", "HEAD")
    with pytest.raises(NotAdvanced, match="nothing was changed"):
        fast_forward(other)
    git(other, "remote", "set-url", "origin", "/nowhere")
    with pytest.raises(NotAdvanced, match="nothing was changed"):
        fast_forward(other)
    assert git(other, "rev-parse", "HEAD") == before


def test_what_fails_before_anything_is_done_does_not_say_that_the_cluster_has_it(
    clones: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAdvanced, match=r"nothing was changed. git rev-parse failed: .*not a git repository"):
        fast_forward(tmp_path)
    with pytest.raises(NoHistory, match=r"(?s)git rev-list failed: .*\nNothing was changed"):
        commits_since(clones[0], "1" * 40)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NotAdvanced, match="git is not on the PATH"):
        fast_forward(clones[0])


def test_a_tag_with_the_branch_s_name_is_not_taken_for_it(clones: tuple[Path, Path]) -> None:
    """A push by the short name was refused for it, when the cluster had the change."""
    one, other = clones
    git(one, "push", "--quiet", "origin", "HEAD:refs/tags/main")
    (one / "Pulumi.prod.yaml").write_text("green\n")
    commit(one / "Pulumi.prod.yaml", "switch: green")
    assert fast_forward(other)
    assert (other / "Pulumi.prod.yaml").read_text() == "green\n"
    git(other, "fetch", "--quiet", "--tags")
    (other / "Pulumi.prod.yaml").write_text("blue\n")
    commit(other / "Pulumi.prod.yaml", "switch: blue")
    assert fast_forward(one)


def test_what_is_begun_on_a_tag_or_on_another_branch_is_refused_before_anything_is_done(
    clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, other = clones
    git(one, "checkout", "--quiet", "--detach")
    with pytest.raises(NotAdvanced, match="no branch is checked out"):
        fast_forward(one)
    git(other, "checkout", "--quiet", "-b", "a-try")
    git(other, "push", "--quiet", "origin", "a-try")
    assert not fast_forward(other)  # by hand: whoever does it knows the branch
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"inputs": {}, "repository": {"default_branch": "main"}}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    with pytest.raises(NotAdvanced, match="begun on a-try, and the shop is what main says; nothing was changed"):
        require_main(other)
    git(other, "checkout", "--quiet", "--detach")
    with pytest.raises(NotAdvanced, match="no branch is checked out"):
        require_main(other)
    git(other, "checkout", "--quiet", "main")
    require_main(other)


def test_whoever_holds_the_lease_in_a_workflow_is_on_the_main_branch(
    clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Backups, restores, recoveries and reviews as well, which commit nothing."""
    other = clones[1]
    git(other, "checkout", "--quiet", "-b", "a-try")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    monkeypatch.setattr("cadrart_infra.cli.exclusive_access.FOLDER", other)
    no_cluster: Any = None
    with pytest.raises(NotAdvanced, match="begun on a-try"):
        exclusive_access(no_cluster, "a backup of production", 0, print)


def test_a_commit_beside_another_of_the_same_lines_stays_and_no_rebase_is_left_behind(
    clones: tuple[Path, Path],
) -> None:
    one, other = clones
    (other / "Pulumi.prod.yaml").write_text("theirs\n")
    commit(other / "Pulumi.prod.yaml", "theirs")
    (one / "Pulumi.prod.yaml").write_text("green\n")
    with pytest.raises(GitError, match="The cluster has the change already"):
        commit(one / "Pulumi.prod.yaml", "switch: green")
    assert git(one, "status", "--porcelain", "--branch").startswith("## main...origin/main [ahead 1, behind 1]")


def test_what_a_file_never_had_in_git_is_known(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, _ = clones
    file = one / "Pulumi.prod.yaml"
    file.write_text("green\n")
    assert not was_committed(file, "green")
    commit(file, "switch: green")
    assert was_committed(file, "green")
    assert was_committed(file, "blue")  # as it was before
    with pytest.raises(NoHistory, match="Nothing was changed"):
        was_committed(tmp_path / "nowhere.yaml", "blue")
