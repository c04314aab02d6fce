"""The stacks of a checkout, as a job's output: `python3 -m cadrart_infra.github.stacks [SINCE]`.

With the commit SINCE, only the stacks that the commits after it touch. It needs nothing but Python and git.
"""

import json
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from cadrart_infra.user_errors import UserError

_PROGRAM = re.compile(r"(cadrart_infra|policy)/|__main__\.py$|Pulumi\.yaml$|requirements\.txt$")
"""What every stack is made by."""
_SETTINGS = re.compile(r"Pulumi\.([\w.-]+)\.yaml$")


class NoHistory(UserError):
    """Git could not say what has changed."""


def stacks(folder: Path, since: str = "") -> list[str]:
    """The stacks with settings in Git, or those that the commits after `since` touch; raises NoHistory.

    A change of the program touches every stack, one of a stack's settings that stack alone, and others none.
    """
    mine = [found[1] for name in _git(folder, "ls-files") if (found := _SETTINGS.match(name))]
    return touched(mine, _git(folder, "diff", "--name-only", f"{since}...HEAD")) if since else mine


def touched(mine: Collection[str], changed: Collection[str]) -> list[str]:
    """Of some stacks those that changed files touch (pure)."""
    if any(_PROGRAM.match(name) for name in changed):
        return list(mine)
    return [stack for stack in mine if f"Pulumi.{stack}.yaml" in changed]


def _git(folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoHistory(f"git {arguments[0]} failed: {done.stderr.strip()}\nNothing was changed.")
    return done.stdout.splitlines()


def main() -> int:
    """Prints `stacks=[…]`; 1 where git cannot say."""
    try:
        print(f"stacks={json.dumps(stacks(Path(), *sys.argv[1:2]))}")
    except NoHistory as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
