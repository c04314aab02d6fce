"""The stacks of a checkout, as a job's output: `python3 -m cadrart_infra.github.stacks [--preview] [SINCE]`.

With the commit SINCE, only the stacks that the commits after it touch. With `--preview` also those that a pull
request has to say something of: whose settings it takes away, and on which it has a comment of an earlier push. It
needs nothing but Python and git.
"""

import json
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from cadrart_infra.github.api import GitHubError
from cadrart_infra.github.pull_requests import PullRequest
from cadrart_infra.user_errors import UserError

_PROGRAM = re.compile(r"(cadrart_infra|policy)/|__main__\.py$|Pulumi\.yaml$|requirements\.txt$")
"""What every stack is made by."""
_SETTINGS = re.compile(r"Pulumi\.([\w.-]+)\.yaml$")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


class NoHistory(UserError):
    """Git could not say what has changed."""


def stacks(folder: Path, since: str = "") -> list[str]:
    """The stacks with settings in Git, or those that the commits after `since` touch; raises NoHistory.

    A change of the program touches every stack, one of a stack's settings that stack alone, and others none. A commit
    that is not there (of a new branch, or of one that was pushed by force) is no start: every stack counts.
    """
    mine = _stacks_of(_git(folder, "ls-files"))
    if not since or (_COMMIT.fullmatch(since) and not _is_there(folder, since)):
        return mine
    return touched(mine, _changed(folder, since))


def removed(folder: Path, since: str) -> list[str]:
    """The stacks whose settings the commits after `since` take away, a new name included; raises NoHistory."""
    return _stacks_of(_changed(folder, since, "--diff-filter=D"))


def touched(mine: Collection[str], changed: Collection[str]) -> list[str]:
    """Of some stacks those that changed files touch (pure)."""
    if any(_PROGRAM.match(name) for name in changed):
        return list(mine)
    return [stack for stack in mine if f"Pulumi.{stack}.yaml" in changed]


def stacks_to_preview(folder: Path, since: str) -> list[str]:
    """The stacks that the running workflow's pull request has to say something of; raises NoHistory.

    A comment of an earlier push would go on saying, and approving, what the pull request does not do any more.
    """
    gone = removed(folder, since)
    known = {*stacks(folder), *gone}
    return sorted({*stacks(folder, since), *gone, *(_commented() & known)})


def _commented() -> set[str]:
    """The stacks that the pull request has a comment on; none where GitHub does not say."""
    pull_request = PullRequest.of_workflow()
    try:
        return set(pull_request.previewed()) if pull_request else set()
    except GitHubError as error:
        print(f"Comments of earlier pushes are left as they are: {error}", file=sys.stderr)
        return set()


def _stacks_of(names: Collection[str]) -> list[str]:
    return [found[1] for name in names if (found := _SETTINGS.match(name))]


def _changed(folder: Path, since: str, *more: str) -> list[str]:
    """What the commits after `since` change; a file with another name is one that is gone and one that is new."""
    return _git(folder, "diff", "--name-only", "--no-renames", *more, f"{since}...HEAD")


def _is_there(folder: Path, commit: str) -> bool:
    command = ["git", "merge-base", commit, "HEAD"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def _git(folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise NoHistory(f"git {arguments[0]} failed: {done.stderr.strip()}\nNothing was changed.")
    return done.stdout.splitlines()


def main() -> int:
    """Prints `stacks=[…]`; 1 where git cannot say."""
    since = [argument for argument in sys.argv[1:] if argument != "--preview"]
    try:
        chosen = stacks_to_preview if "--preview" in sys.argv else stacks
        print(f"stacks={json.dumps(chosen(Path(), *since))}")
    except NoHistory as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
