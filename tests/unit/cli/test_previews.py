"""Where a preview is published: as a comment, and whatever GitHub says to that, as the job's summary."""

import json
from pathlib import Path

import pytest

from cadrart_infra.cli import main
from cadrart_infra.cli.previews import publish_failure
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.github.api import GitHubError
from cadrart_infra.settings import SettingsError


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The summary of a job for a pull request, whose GitHub does not answer."""
    monkeypatch.setattr("cadrart_infra.github.api._PAUSES", ())
    event, file = tmp_path / "event.json", tmp_path / "summary.md"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    for name, value in {
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_STEP_SUMMARY": str(file),
        "GITHUB_REPOSITORY": "shop/infra",
        "GITHUB_API_URL": "http://127.0.0.1:1",
        "GITHUB_TOKEN": "s3cret-token",
    }.items():
        monkeypatch.setenv(name, value)
    return file


def test_a_comment_that_is_refused_leaves_a_summary_without_secrets(summary: Path) -> None:
    with pytest.raises(GitHubError):
        publish_failure("prod", SettingsError("activeColor is purple, s3cret-token"))
    assert "activeColor is purple, ***" in summary.read_text()


def test_settings_that_are_wrong_are_a_comment_s_text_too(summary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "--stack", "no-such-stack", "--comment"]) == 1
    assert "There is no Pulumi.no-such-stack.yaml" in summary.read_text()
    printed = capsys.readouterr().out
    assert "There is no Pulumi.no-such-stack.yaml" in printed
    assert "GitHub did not answer" in printed


def test_a_cluster_that_does_not_answer_is_a_sentence_there_too(
    summary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        error = ClusterError("connection refused")
        error.asked = "get /version"
        raise error

    monkeypatch.setattr("cadrart_infra.cli.commands.previews.open_workspace", refuse)
    assert main(["preview", "--stack", "prod", "--comment"]) == 1
    for said in (summary.read_text(), capsys.readouterr().out):
        assert "The cluster refused, or did not answer: connection refused" in said


@pytest.mark.parametrize("reported", [["--stack", "organization/cadrart-infra/no-such-stack"], []])
def test_it_takes_the_place_of_the_same_stack_s_comment_however_that_was_given(
    monkeypatch: pytest.MonkeyPatch, reported: list[str]
) -> None:
    """A deployment would go on reading the one before from it."""
    published = list[str]()
    monkeypatch.setattr("cadrart_infra.cli.commands.previews.publish_failure", lambda stack, _: published.append(stack))
    monkeypatch.setenv("PULUMI_STACK", "no-such-stack")
    assert main(["preview", *reported, "--comment"]) == 1
    assert published == ["no-such-stack"]


def test_outside_a_pull_request_there_is_a_summary_alone(summary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_EVENT_PATH")
    publish_failure("prod", SettingsError("wrong"))
    assert "wrong" in summary.read_text()


@pytest.mark.parametrize(
    ("there", "status", "reported"),
    [
        (True, 1, "the stack no-such-stack is there: its shop would go on"),
        (False, 0, "there is nothing to preview"),
        (None, 1, "There is no Pulumi.no-such-stack.yaml in"),
    ],
)
def test_settings_that_are_taken_away_are_said_to_leave_a_live_shop_alone(
    summary: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: bool | None,
    status: int,
    reported: str,
) -> None:
    """No deployment, no release and no look for drift knows a stack without a file, and nobody was warned."""
    monkeypatch.delenv("GITHUB_EVENT_PATH")
    monkeypatch.setattr("cadrart_infra.cli.commands.previews.exists", lambda _: there)
    assert main(["preview", "--stack", "no-such-stack", "--comment"]) == status
    assert reported in summary.read_text()
    assert reported in capsys.readouterr().out
