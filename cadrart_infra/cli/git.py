"""Commits and pushes the stack's settings file, and fast-forwards the checkout."""

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cadrart_infra.github.event import default_branch, workflow_event
from cadrart_infra.github.stacks import NoHistory
from cadrart_infra.user_errors import UserError

_TRIES = 5
_BRANCHES = "refs/heads/"


class GitError(UserError):
    """The settings could not be committed or pushed; the cluster has them already."""


class NotAdvanced(UserError):
    """The checkout cannot be fast-forwarded to its origin; nothing was changed."""


class _Failed(Exception):
    """A git command failed; the text is git's own, and the caller adds what it means."""


def commit(file: Path, message: str) -> None:
    """Commits one file, as it is, and pushes it to the branch that is checked out; raises GitError.

    If somebody has pushed meanwhile, the commit is rebased. An unchanged file makes no commit.
    """
    try:
        _commit(file, message)
    except _Failed as error:
        raise GitError(
            f"{error}\nThe cluster has the change already. Commit and push it yourself, so that Git says the same."
        ) from None


def _commit(file: Path, message: str) -> None:
    folder = file.parent
    if not _git(folder, "status", "--porcelain", "--", file.name):
        return
    branch = _branch(folder)
    _git(folder, "commit", "--quiet", "--message", message, "--", file.name)
    for tried in range(_TRIES):
        try:
            _git(folder, "push", "--quiet", "origin", f"HEAD:{branch}")
            return
        except _Failed:
            if tried == _TRIES - 1:
                raise
            _pull(folder, branch)


def _pull(folder: Path, branch: str) -> None:
    """Rebases the commit on what was pushed meanwhile; on a conflict, leaves it where it was."""
    try:
        _git(folder, "pull", "--quiet", "--rebase", "origin", branch)
    except _Failed:
        with contextlib.suppress(_Failed):
            _git(folder, "rebase", "--abort")
        raise


def _branch(folder: Path) -> str:
    """The full ref of the checked-out branch, since a tag may have the same short name."""
    try:
        return _git(folder, "symbolic-ref", "HEAD")
    except _Failed:
        raise _Failed("no branch is checked out, but a tag or a commit: begin it on the main branch") from None


def require_main(folder: Path) -> None:
    """Raises NotAdvanced if the workflow was dispatched on another branch: it would use that branch's settings."""
    main = default_branch(workflow_event(os.environ))
    if not main:
        return
    try:
        branch = _branch(folder)
    except _Failed as error:
        raise NotAdvanced(f"This workflow has no branch; nothing was changed. {error}") from None
    if branch != f"{_BRANCHES}{main}":
        raise NotAdvanced(
            f"This workflow was begun on {branch.removeprefix(_BRANCHES)}, and the shop is what {main} says; nothing "
            f"was changed. Begin it on {main}."
        )


def fast_forward(folder: Path) -> bool:
    """Fast-forwards the branch to its origin; returns whether it has moved. Raises NotAdvanced."""
    branch = "branch"
    try:
        before = _git(folder, "rev-parse", "HEAD")
        branch = _branch(folder)
        _git(folder, "fetch", "--quiet", "origin", branch)
        _git(folder, "merge", "--quiet", "--ff-only", "FETCH_HEAD")
        return _git(folder, "rev-parse", "HEAD") != before
    except _Failed as error:
        raise NotAdvanced(
            f"The checkout could not be brought to where the origin's {branch.removeprefix(_BRANCHES)} is; nothing was "
            f"changed. {str(error).partition(chr(10))[0]}"
        ) from None


def commits_since(folder: Path, commit: str) -> list[str]:
    """A commit and those after it, of the branch that is checked out; raises NoHistory."""
    try:
        return [commit, *_git(folder, "rev-list", f"{commit}..HEAD").split()]
    except _Failed as error:
        raise NoHistory(
            f"{error}\nNothing was changed. Run it on a checkout with all of the branch (fetch-depth: 0)."
        ) from None


def was_committed(file: Path, text: str) -> bool:
    """Whether a commit of the checked-out branch has added a text to a file, or removed it; raises NoHistory."""
    try:
        return bool(_git(file.parent, "log", "-1", "--format=%h", f"-S{text}", "--", file.name))
    except _Failed as error:
        raise NoHistory(f"{error}\nNothing was changed. Run it on a checkout of a branch.") from None


def workflow_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Git's variables for a GitHub workflow: the committer, and a credential helper that reads the token from them."""
    actor = environment.get("GITHUB_ACTOR", "")
    if not actor:
        return {}
    author = {"NAME": actor, "EMAIL": f"{actor}@users.noreply.github.com"}
    return {
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in author.items()},
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": '!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f',
        "GIT_TERMINAL_PROMPT": "0",
    }


def _git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, **workflow_environment(os.environ)}
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        raise _Failed("git is not on the PATH") from None
    if done.returncode:
        raise _Failed(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
