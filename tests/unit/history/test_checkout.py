"""Which commit of the program it is, with real repositories."""

import subprocess
from pathlib import Path

import pytest

from cadrart_infra.history.checkout import SHORT, Checkout, checkout, program
from cadrart_infra.history.entry import UNKNOWN


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
    assert checkout(repository) == Checkout(head, dirty=False)
    (repository / "notes.txt").write_text("unknown to git\n")
    assert checkout(repository) == Checkout(head, dirty=False)
    (repository / "__main__.py").write_text("# edited\n")
    assert checkout(repository) == Checkout(head, dirty=True)


def test_the_ancestors_are_kept_with_the_commit(repository: Path) -> None:
    head, parent = git(repository, "rev-parse", "HEAD"), git(repository, "rev-parse", "HEAD~1")
    found = program(checkout(repository), repository)
    assert found.commit == head
    assert found.ancestors == {parent[:SHORT]}


def test_where_git_cannot_tell_the_commit_is_unknown(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    without = tmp_path_factory.mktemp("tarball")
    (without / "__main__.py").touch()
    assert checkout(without) == Checkout(UNKNOWN)
    inside = repository / "vendor"
    inside.mkdir()
    (inside / "__main__.py").touch()
    assert checkout(inside) == Checkout(UNKNOWN)
    assert program(Checkout()).commit == UNKNOWN


def test_a_repository_without_a_commit_tells_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "__main__.py").touch()
    git(tmp_path, "add", ".")
    assert checkout(tmp_path) == Checkout(UNKNOWN)


def test_without_git_the_commit_is_unknown(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert checkout(repository) == Checkout(UNKNOWN)
