"""Which commit of the program it is, with real repositories."""

import subprocess
from pathlib import Path

import pytest

from cadrart_infra.history.checkout import SHORT, Age, Checkout, age_of, current_checkout, program_of
from cadrart_infra.history.entry import UNKNOWN
from cadrart_infra.history.history import Program


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The program with two commits."""
    git(tmp_path, "init", "--quiet")
    for number in (1, 2):
        (tmp_path / "__main__.py").write_text(f"# {number}\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "--message", str(number))
    return tmp_path


def test_a_commit_and_whether_something_differs_from_it(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert current_checkout(repository) == Checkout(head, dirty=False)
    (repository / "notes.txt").write_text("unknown to git\n")
    assert current_checkout(repository) == Checkout(head, dirty=False)
    (repository / "__main__.py").write_text("# edited\n")
    assert current_checkout(repository) == Checkout(head, dirty=True)


def test_the_ancestors_are_kept_with_the_commit(repository: Path) -> None:
    head, parent = git(repository, "rev-parse", "HEAD"), git(repository, "rev-parse", "HEAD~1")
    found = program_of(current_checkout(repository), repository)
    assert found.commit == head
    assert found.ancestors == {parent[:SHORT]}


def test_where_git_does_not_know_the_commit_is_unknown(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    without = tmp_path_factory.mktemp("tarball")
    (without / "__main__.py").touch()
    assert current_checkout(without) == Checkout(UNKNOWN)
    inside = repository / "vendor"
    inside.mkdir()
    (inside / "__main__.py").touch()
    assert current_checkout(inside) == Checkout(UNKNOWN)
    assert program_of(Checkout()).commit == UNKNOWN


def test_a_repository_without_a_commit_says_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "__main__.py").touch()
    git(tmp_path, "add", ".")
    assert current_checkout(tmp_path) == Checkout(UNKNOWN)


def test_without_git_the_commit_is_unknown(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert current_checkout(repository) == Checkout(UNKNOWN)


def at(folder: Path, revision: str) -> Checkout:
    return Checkout(git(folder, "rev-parse", revision))


def test_an_ancestor_is_older_and_a_descendant_or_the_same_is_not(repository: Path) -> None:
    old, new = at(repository, "HEAD~1"), at(repository, "HEAD")
    assert age_of(old, Program(new.commit), repository) is Age.OLDER
    assert age_of(new, Program(old.commit), repository) is Age.NOT_OLDER
    assert age_of(new, Program(new.commit), repository) is Age.NOT_OLDER


def test_a_commit_that_was_never_fetched_has_ancestors_that_are_known(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stale = tmp_path_factory.mktemp("stale") / "clone"
    git(repository, "clone", "--quiet", str(repository), str(stale))
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "3")
    newest = program_of(current_checkout(repository), repository)
    assert age_of(current_checkout(stale), newest, stale) is Age.OLDER
    git(stale, "commit", "--quiet", "--allow-empty", "--message", "theirs")
    assert age_of(current_checkout(stale), newest, stale) is Age.UNKNOWN
    git(stale, "fetch", "--quiet")
    assert age_of(current_checkout(stale), newest, stale) is Age.NOT_OLDER  # another branch


def test_what_git_does_not_know_is_unknown(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    here = at(repository, "HEAD")
    assert age_of(here, Program(UNKNOWN), repository) is Age.UNKNOWN
    assert age_of(Checkout(UNKNOWN), Program(here.commit), repository) is Age.UNKNOWN
    assert age_of(Checkout(UNKNOWN), Program(UNKNOWN), repository) is Age.UNKNOWN
    assert age_of(here, Program("a" * 40), repository) is Age.UNKNOWN
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(repository, "clone", "--quiet", "--depth=1", f"file://{repository}", str(shallow))
    assert age_of(here, Program(at(repository, "HEAD~1").commit), shallow) is Age.UNKNOWN


def test_before_the_first_record_nothing_is_older(repository: Path) -> None:
    assert age_of(at(repository, "HEAD~1"), Program(), repository) is Age.NOT_OLDER
    assert age_of(Checkout(UNKNOWN), Program(), repository) is Age.NOT_OLDER
