"""Which commit of the program this is, as far as git knows."""

import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cadrart_infra.history.entry import UNKNOWN, spoken_commit
from cadrart_infra.history.history import Program

FOLDER = Path(__file__).resolve().parents[2]
"""The program's own folder, wherever it is run."""
SHORT = 12
"""Characters of a commit's name where many are kept."""
_ANCESTORS = 1000
_SECONDS = 10


@dataclass(frozen=True)
class Checkout:
    """The checked-out commit (`unknown` if git does not know), and whether files differ from it."""

    commit: str = UNKNOWN
    dirty: bool = False

    @property
    def spoken(self) -> str:
        """The commit for people: shortened, and whether files differ from it."""
        return spoken_commit(self.commit, self.dirty)


def current_checkout(folder: Path = FOLDER) -> Checkout:
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


def program_of(here: Checkout, folder: Path = FOLDER) -> Program:
    """What is kept of the program after an update: by its ancestors another checkout knows that it is older."""
    if here.commit == UNKNOWN:
        return Program(UNKNOWN)
    listed = _git(folder, "rev-list", f"--max-count={_ANCESTORS + 1}", here.commit).split()
    return Program(here.commit, frozenset(commit[:SHORT] for commit in listed if commit != here.commit))


class Age(StrEnum):
    """A checkout, compared with the program of the last update."""

    NOT_OLDER = "not older"
    OLDER = "older"
    UNKNOWN = "unknown"


def age_of(here: Checkout, last: Program, folder: Path = FOLDER) -> Age:
    """Older: the last update's commit came after this one. Its ancestors are known here before anybody has fetched it.

    Commits on two branches are not older, and before the first update that was recorded nothing is.
    """
    if not last.commit or here.commit == last.commit != UNKNOWN:
        return Age.NOT_OLDER
    if UNKNOWN in (here.commit, last.commit):
        return Age.UNKNOWN
    if here.commit[:SHORT] in last.ancestors or _is_ancestor(folder, here.commit, last.commit):
        return Age.OLDER
    if _is_ancestor(folder, last.commit, here.commit):
        return Age.NOT_OLDER
    shallow = _git(folder, "rev-parse", "--is-shallow-repository").strip() != "false"
    known = _git(folder, "cat-file", "-t", last.commit).strip() == "commit"
    return Age.NOT_OLDER if known and not shallow else Age.UNKNOWN


def _is_ancestor(folder: Path, one: str, other: str) -> bool:
    return _run(folder, "merge-base", "--is-ancestor", one, other) is not None


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; empty where it cannot."""
    return _run(folder, *arguments) or ""


def _run(folder: Path, *arguments: str) -> str | None:
    """None where git is not there, or says no."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
