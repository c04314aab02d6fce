"""The comment of a pull request, against a server that answers as GitHub's API does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.cli.comment import CommentError, PullRequest, comment_text


class GitHub:
    """Comments of one pull request, two on a page; refuses what GitHub refuses."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []
        github = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: Any, link: str = "") -> None:
                self.send_response(status)
                if link:
                    self.send_header("Link", link)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def handle_any(self) -> None:
                github.asked.append(self.command)
                if self.headers["Authorization"] != "Bearer good":
                    return self.answer(401, {"message": "Bad credentials"})
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                if len(body.get("body", "")) > 65_536:
                    return self.answer(422, {"message": "body is too long"})
                if self.command == "POST":
                    github.comments.append({"id": len(github.comments) + 1, **body})
                    return self.answer(201, github.comments[-1])
                if self.command == "PATCH":
                    number = int(self.path.rpartition("/")[2])
                    github.comments[number - 1].update(body)
                    return self.answer(200, github.comments[number - 1])
                return self.page()

            def page(self) -> None:
                page = int(self.path.partition("&page=")[2] or 1)
                link = f'<{github.url}{self.path.partition("&")[0]}&page={page + 1}>; rel="next", <x>; rel="last"'
                more = len(github.comments) > 2 * page
                self.answer(200, github.comments[2 * page - 2 : 2 * page], link if more else "")

            def log_message(self, *_: Any) -> None:
                pass

            do_GET = do_POST = do_PATCH = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def pull_request(self, token: str = "good") -> PullRequest:
        return PullRequest(self.url, "shop/infra", 7, token)


@pytest.fixture
def github() -> Iterator[GitHub]:
    github = GitHub()
    thread = threading.Thread(target=github.server.serve_forever)
    thread.start()
    yield github
    github.server.shutdown()
    thread.join()
    github.server.server_close()


def test_each_stack_has_one_comment_that_is_kept_up_to_date_on_whatever_page(github: GitHub) -> None:
    github.comments += [{"id": number, "body": "of a person"} for number in (1, 2, 3)]
    for text in ("first", "second"):
        github.pull_request().publish("prod", text)
        github.pull_request().publish("demo", text)
    assert [comment["body"] for comment in github.comments[3:]] == [
        "<!-- cadrart preview of prod -->\nsecond",
        "<!-- cadrart preview of demo -->\nsecond",
    ]


def test_what_github_refuses_is_told_without_the_token(github: GitHub) -> None:
    with pytest.raises(CommentError, match="401") as refused:
        github.pull_request("expired-token").publish("prod", "text")
    assert "expired-token" not in str(refused.value)
    github.server.shutdown()
    github.server.server_close()
    with pytest.raises(CommentError, match="did not answer"):
        github.pull_request().publish("prod", "text")


def test_a_preview_of_any_length_fits_and_says_what_it_means_first(github: GitHub) -> None:
    text = comment_text("prod", "switch: production blue → green", {"Service a": "update"}, [], "x" * 200_000)
    github.pull_request().publish("prod", text)
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
