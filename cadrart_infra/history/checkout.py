"""Which commit of the program this is, as far as git can tell."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cadrart_infra.history.entry import UNKNOWN
from cadrart_infra.history.history import Program

FOLDER = Path(__file__).resolve().parents[2]
"""The program's own folder, wherever it is run."""
SHORT = 12
"""Characters of a commit's name where many are kept."""
_ANCESTORS = 1000
_SECONDS = 10


@dataclass(frozen=True)
class Checkout:
    """The commit that is checked out, `unknown` where git cannot tell, and whether something differs from it."""

    commit: str = UNKNOWN
    dirty: bool = False


def checkout(folder: Path = FOLDER) -> Checkout:
    """What git says of the program in `folder`; files that git does not know make it no other program."""
    if not _git(folder, "ls-files", "--", "__main__.py"):
        return Checkout()  # no git, no repository, or one that the program only lies in
    commit, dirty = "", False
    for line in _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no").splitlines():
        if line.startswith("# branch.oid "):
            commit = line.split()[2]
        elif not line.startswith("#"):
            dirty = True
    return Checkout(commit, dirty) if commit and commit != "(initial)" else Checkout()


def program(here: Checkout, folder: Path = FOLDER) -> Program:
    """What is kept of the program after an update: by its ancestors another checkout knows that it is older."""
    if here.commit == UNKNOWN:
        return Program(UNKNOWN)
    listed = _git(folder, "rev-list", f"--max-count={_ANCESTORS + 1}", here.commit).split()
    return Program(here.commit, frozenset(commit[:SHORT] for commit in listed if commit != here.commit))


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; empty where it cannot."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
