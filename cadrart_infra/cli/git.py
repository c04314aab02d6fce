"""The stack's settings in Git, so that Git says what the cluster does."""

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cadrart_infra.github.stacks import NoHistory
from cadrart_infra.user_errors import UserError

_TRIES = 5
_BRANCHES = "refs/heads/"


class GitError(UserError):
    """The settings could not be committed or pushed; the cluster has them already."""


class NotAdvanced(UserError):
    """The checkout is not where its origin is, and cannot be brought there; nothing was changed."""


class _Failed(Exception):
    """Git's own words; what it means that a command of it failed is for the caller to say."""


def commit(file: Path, message: str) -> None:
    """Commits one file, as it is, and pushes it to the branch that is checked out; raises GitError.

    Where somebody has pushed meanwhile, the commit goes on top of that. A file that has not changed is no commit.
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


def _default_branch(event: Path) -> str:
    """As GitHub says what began the workflow; empty where it does not."""
    return str((json.loads(event.read_text("utf-8")).get("repository") or {}).get("default_branch") or "")


def _pull(folder: Path, branch: str) -> None:
    """What somebody pushed meanwhile goes below the commit; where both changed a line, it stays where it was."""
    try:
        _git(folder, "pull", "--quiet", "--rebase", "origin", branch)
    except _Failed:
        with contextlib.suppress(_Failed):
            _git(folder, "rebase", "--abort")
        raise


def _branch(folder: Path) -> str:
    """The branch that is checked out, by its whole name: a tag of the same short one would be taken for it."""
    try:
        return _git(folder, "symbolic-ref", "HEAD")
    except _Failed:
        raise _Failed("no branch is checked out, but a tag or a commit: begin it on the main branch") from None


def _require_main(branch: str, environment: Mapping[str, str]) -> None:
    """A workflow that is begun by hand on another branch would bring that branch's settings, and commit to it."""
    event = environment.get("GITHUB_EVENT_PATH", "")
    main = _default_branch(Path(event)) if event else ""
    if main and branch != f"{_BRANCHES}{main}":
        raise NotAdvanced(
            f"This workflow was begun on {branch.removeprefix(_BRANCHES)}, and the shop is what {main} says; nothing "
            f"was changed. Begin it on {main}."
        )


def advance(folder: Path) -> bool:
    """Brings the branch that is checked out to where the origin's is; whether it has moved. Raises NotAdvanced."""
    branch = "branch"
    try:
        before = _git(folder, "rev-parse", "HEAD")
        branch = _branch(folder)
        _require_main(branch, os.environ)
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
    """Whether a commit of the branch that is checked out has put a text into a file, or taken it out."""
    try:
        return bool(_git(file.parent, "log", "-1", "--format=%h", f"-S{text}", "--", file.name))
    except _Failed as error:
        raise NoHistory(f"{error}\nNothing was changed. Run it on a checkout of a branch.") from None


def in_a_workflow(environment: Mapping[str, str]) -> dict[str, str]:
    """Who commits, and how a workflow of GitHub's pushes: its token stays in the environment, where Git asks for it."""
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
    environment = {**os.environ, **in_a_workflow(os.environ)}
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        raise _Failed("git is not on the PATH") from None
    if done.returncode:
        raise _Failed(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
