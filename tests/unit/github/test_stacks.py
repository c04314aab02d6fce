"""Which stacks a change touches."""

import json
import subprocess
from pathlib import Path

import pytest

from cadrart_infra.github.stacks import NoHistory, removed, stacks, stacks_to_preview, touched
from tests.github.server import GitHub


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with two stacks and a program, in one commit."""
    folder = tmp_path / "checkout"
    (folder / "cadrart_infra").mkdir(parents=True)
    (folder / "docs").mkdir()
    for name in ("Pulumi.prod.yaml", "Pulumi.demo.yaml", "cadrart_infra/shop.py"):
        (folder / name).write_text(f"{name}\n" * 9)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["Pulumi.prod.yaml"], ["prod"]),
        (["cadrart_infra/shop.py"], ["demo", "prod"]),
        (["requirements.txt", "Pulumi.demo.yaml"], ["demo", "prod"]),
        (["policy/pack.py"], ["demo", "prod"]),
        (["docs/cadrart_infra/notes.md", "README.md", "requirements-dev.txt"], []),
    ],
)
def test_the_program_touches_all_and_settings_touch_their_own(changed: list[str], expected: list[str]) -> None:
    assert touched(["demo", "prod"], changed) == expected


def test_only_stacks_with_settings_in_git_count(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for name in ("Pulumi.prod.yaml", "Pulumi.shop.eu.yaml", "Pulumi.yaml"):
        (tmp_path / name).write_text("{}")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    (tmp_path / "Pulumi.local.yaml").write_text("{}")
    assert stacks(tmp_path) == ["prod", "shop.eu"]
    assert stacks(tmp_path, "HEAD") == []
    with pytest.raises(NoHistory, match="Nothing was changed"):
        stacks(tmp_path, "no-such-commit")


def test_a_file_with_another_name_is_one_that_is_gone_and_one_that_is_new(checkout: Path) -> None:
    """Git calls it one file, by its new name alone: a part of the program that moved out touched no stack."""
    start = git(checkout, "rev-parse", "HEAD")
    git(checkout, "mv", "cadrart_infra/shop.py", "docs/shop.py")
    git(checkout, "commit", "--quiet", "--message", "moved")
    assert stacks(checkout, start) == ["demo", "prod"]
    moved = git(checkout, "rev-parse", "HEAD")
    git(checkout, "mv", "Pulumi.prod.yaml", "Pulumi.production.yaml")
    git(checkout, "commit", "--quiet", "--message", "another name")
    assert (stacks(checkout, moved), removed(checkout, moved)) == (["production"], ["prod"])
    assert stacks_to_preview(checkout, moved) == ["prod", "production"]


@pytest.mark.parametrize("since", ["0" * 40, "1234567890" * 4])
def test_where_the_start_is_not_there_every_stack_counts(checkout: Path, since: str) -> None:
    """GitHub says zeros of a new branch; what was before a push by force is in no history any more."""
    assert stacks(checkout, since) == ["demo", "prod"]


def test_a_stack_that_an_earlier_push_has_a_comment_on_is_previewed_again(
    checkout: Path, github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The comment went on saying, and approving, what the pull request did not do any more."""
    marks = [f"<!-- cadrart preview of cadrart-infra/{name} -->" for name in ("prod", "gone", "demo")]
    with github.record.changed() as has:
        by = ("github-actions[bot]", "github-actions[bot]", "person")
        bodies = zip(marks, by, strict=True)
        has["comments"] = [{"id": n, "issue": 7, "body": body, "by": who} for n, (body, who) in enumerate(bodies, 1)]
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    for name, value in {"EVENT_PATH": str(event), "API_URL": github.url, "REPOSITORY": "shop/infra"}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setenv("GITHUB_TOKEN", "good")
    assert stacks_to_preview(checkout, "HEAD") == ["prod"]
    monkeypatch.setenv("GITHUB_TOKEN", "refused")
    assert stacks_to_preview(checkout, "HEAD") == []
    assert "left as they are: GitHub refused" in capsys.readouterr().err
