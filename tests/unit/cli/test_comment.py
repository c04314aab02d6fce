"""The comment of a pull request, against a server that answers as GitHub's API does."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.cli.comment import CommentError, PullRequest, comment_text
from tests.github import GitHub


@pytest.fixture
def github() -> Iterator[GitHub]:
    github = GitHub()
    thread = threading.Thread(target=github.server.serve_forever)
    thread.start()
    yield github
    github.server.shutdown()
    thread.join()
    github.server.server_close()


def pull_request(github: GitHub, token: str = "good") -> PullRequest:
    return PullRequest(github.url, "shop/infra", 7, token)


def test_each_stack_has_one_comment_that_is_kept_up_to_date_on_whatever_page(github: GitHub) -> None:
    github.comments += [{"id": number, "body": "of a person"} for number in (1, 2, 3)]
    for text in ("first", "second"):
        pull_request(github).publish("prod", text)
        pull_request(github).publish("demo", text)
    assert [comment["body"] for comment in github.comments[3:]] == [
        "<!-- cadrart preview of prod -->\nsecond",
        "<!-- cadrart preview of demo -->\nsecond",
    ]


def test_what_github_refuses_is_told_without_the_token(github: GitHub) -> None:
    with pytest.raises(CommentError, match="401") as refused:
        pull_request(github, "expired-token").publish("prod", "text")
    assert "expired-token" not in str(refused.value)
    github.server.shutdown()
    github.server.server_close()
    with pytest.raises(CommentError, match="did not answer"):
        pull_request(github).publish("prod", "text")


def test_a_preview_of_any_length_fits_and_says_what_it_means_first(github: GitHub) -> None:
    text = comment_text("prod", "switch: production blue → green", {"Service a": "update"}, [], "x" * 200_000)
    pull_request(github).publish("prod", text)
    assert text.index("production blue → green") < text.index("1 to update") < text.index("<details>")
    assert "Cut; the whole is in the job's summary." in text


def test_a_fence_in_the_text_does_not_end_the_block() -> None:
    text = comment_text("prod", "meaning", {}, ["said ```` so"], "")
    assert "`````text\nsaid ```` so\n`````" in text
    assert "**It failed; nothing was changed.**" in text


def test_nothing_is_commented_outside_a_pull_request(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    environment = {"GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "shop/infra"}
    event.write_text('{"ref": "refs/heads/main"}')
    assert PullRequest.of(environment) is None
    assert PullRequest.of({}) is None
    event.write_text('{"pull_request": {"number": 7}}')
    assert PullRequest.of(environment) == PullRequest("https://api.github.com", "shop/infra", 7, "")
