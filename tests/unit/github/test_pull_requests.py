"""The comment of a pull request, against a server that answers as GitHub's API does."""

import io
import time
import urllib.error
from email.message import Message
from pathlib import Path
from unittest import mock

import pytest

from cadrart_infra.github.api import Api, GitHubError
from cadrart_infra.github.pull_requests import PullRequest, merged_with
from tests.github.server import GitHub


def test_each_stack_has_one_comment_that_is_kept_up_to_date_on_whatever_page(github: GitHub, api: Api) -> None:
    with github.record.changed() as has:
        has["comments"] = [{"id": number, "issue": 7, "body": "of a person", "by": "person"} for number in (1, 2, 3)]
    for text in ("first", "second"):
        PullRequest(api, 7).keep_comment("<!-- prod -->", text)
        PullRequest(api, 7).keep_comment("<!-- demo -->", text)
    assert github.record.comments()[3:] == ["<!-- prod -->\nsecond", "<!-- demo -->\nsecond"]
    assert PullRequest(api, 7).comment("<!-- prod -->") == "<!-- prod -->\nsecond"


def test_a_person_s_comment_is_not_taken_for_the_workflow_s(github: GitHub, api: Api) -> None:
    with github.record.changed() as has:
        has["comments"] = [{"id": 1, "issue": 7, "body": "<!-- prod -->\nforged", "by": "person"}]
    assert PullRequest(api, 7).comment("<!-- prod -->") == ""
    PullRequest(api, 7).keep_comment("<!-- prod -->", "own")
    assert github.record.comments() == ["<!-- prod -->\nforged", "<!-- prod -->\nown"]


def test_the_merged_pull_requests_of_a_commit_are_found(github: GitHub, api: Api) -> None:
    with github.record.changed() as has:
        has["pulls"] = {"a1": [7, 8, 9]}
    assert [one.number for one in merged_with(api, "a1")] == [7, 8, 9]
    assert list(merged_with(api, "b2")) == []


def test_what_github_refuses_is_reported_without_the_token(github: GitHub) -> None:
    with pytest.raises(GitHubError, match="401") as refused:
        PullRequest(Api(github.url, "shop/infra", "expired-token"), 7).keep_comment("<!-- prod -->", "text")
    assert "expired-token" not in str(refused.value)


def test_a_github_that_does_not_answer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadrart_infra.github.api._PAUSES", (0.01,))
    with pytest.raises(GitHubError, match="did not answer"):
        PullRequest(Api("http://127.0.0.1:1", "shop/infra", "good"), 7).keep_comment("<!-- prod -->", "text")


def test_a_text_that_is_too_long_is_refused_as_github_does(api: Api) -> None:
    with pytest.raises(GitHubError, match="422"):
        PullRequest(api, 7).keep_comment("<!-- prod -->", "x" * 70_000)


def test_nothing_is_commented_outside_a_pull_request(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    environment = {"GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "shop/infra"}
    event.write_text('{"ref": "refs/heads/main"}')
    assert PullRequest.of_workflow(environment) is None
    assert PullRequest.of_workflow({}) is None
    event.write_text('{"pull_request": {"number": 7}}')
    expected = PullRequest(Api("https://api.github.com", "shop/infra", ""), 7)
    assert PullRequest.of_workflow(environment) == expected


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited between two attempts, in none."""
    waited: list[float] = []
    monkeypatch.setattr("cadrart_infra.github.api.time.sleep", waited.append)
    return waited


def test_what_github_cannot_do_now_is_asked_for_again(github: GitHub, api: Api, waits: list[float]) -> None:
    """A preview's or a deployment's half hour is not lost for one answer."""
    github.troubles = [(502, {}), (503, {}), (429, {"Retry-After": "7"})]
    assert PullRequest(api, 7).comment("<!-- prod -->") == ""
    assert waits == [2.0, 6.0, 7.0]


USED_UP = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}
"""The limit of an hour's requests, which has ended since."""


@pytest.mark.parametrize(
    ("trouble", "waited"), [((429, {}), [2.0]), ((403, {"Retry-After": "60"}), [60.0]), ((403, USED_UP), [1.0])]
)
def test_a_comment_is_made_once_where_a_limit_put_it_off(
    github: GitHub, api: Api, waits: list[float], trouble: tuple[int, dict[str, str]], waited: list[float]
) -> None:
    github.troubles = [trouble]
    api.post("issues/7/comments", {"body": "text"})
    assert github.record.comments() == ["text"]
    assert waits == waited


@pytest.mark.parametrize(
    ("status", "headers"), [(500, {}), (502, {}), (429, {"Retry-After": "3600"}), (403, {}), (422, {})]
)
def test_what_may_have_been_made_and_what_is_refused_for_good_is_asked_for_once(
    github: GitHub, api: Api, waits: list[float], status: int, headers: dict[str, str]
) -> None:
    github.troubles = [(status, headers)]
    with pytest.raises(GitHubError, match=f"with {status}: .*in trouble"):
        api.post("issues/7/comments", {"body": "text"})
    assert waits == []


def test_a_refusal_says_what_to_do(github: GitHub, api: Api, waits: list[float]) -> None:
    github.refuses = ("POST",)
    with pytest.raises(GitHubError, match="permission that it lacks"):
        PullRequest(api, 7).keep_comment("<!-- prod -->", "text")
    github.troubles = [(500, {})] * 4
    with pytest.raises(GitHubError, match="again when GitHub is well"):
        PullRequest(api, 7).comment("<!-- prod -->")


def test_a_locked_conversation_is_no_missing_permission(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.BytesIO(b'{"message": "Unable to create comment because issue is locked."}')
    refused = urllib.error.HTTPError("", 403, "", Message(), said)
    monkeypatch.setattr("urllib.request.urlopen", mock.Mock(side_effect=refused))
    with pytest.raises(GitHubError, match=r"is locked.*\nUnlock the conversation"):
        api.post("issues/7/comments", {"body": "text"})


def test_a_limit_that_ends_later_is_reported_with_its_end(github: GitHub, api: Api, waits: list[float]) -> None:
    ends = {**USED_UP, "X-RateLimit-Reset": str(int(time.time()) + 1500)}
    github.troubles = [(403, ends)]
    with pytest.raises(GitHubError, match=r"Run the job again in 25 minutes\.$"):
        PullRequest(api, 7).comment("<!-- prod -->")
    assert waits == []
