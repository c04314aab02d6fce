"""A server that answers as GitHub's API does; `python -m tests.github.server FOLDER` serves until it is ended.

What it has lies in a file of the folder, which a test reads and changes meanwhile. A request or an answer that GitHub's
description does not know is answered with 500 and recorded.
"""

import contextlib
import fcntl
import json
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cadrart_infra.github.api import BOT
from tests.github.description import Description, Operation

_PAGE = 2
"""Objects on a page, so that a few make several."""
_LONGEST = 65_536
_EMPTY: dict[str, Any] = {"comments": [], "issues": [], "pulls": {}, "runs": [], "asked": [], "wrong": []}


class Record:
    """What GitHub has of one repository.

    `comments` have `id`, `issue`, `body` and `by`; `issues` have `number`, `title`, `body` and `state`; `pulls` are the
    numbers of the merged pull requests by commit; `runs` are the dispatched ones; `wrong` is what should not have been
    asked or answered.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "github.json"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            self._file.write_text(json.dumps(_EMPTY))

    @contextlib.contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        """Everything, to be changed while nobody else reads or writes it."""
        with self._file.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            everything = json.load(file)
            yield everything
            file.seek(0)
            file.truncate()
            json.dump(everything, file)

    def read(self) -> dict[str, Any]:
        """Everything as it is now."""
        with self.changed() as everything:
            return everything

    def comments(self) -> list[str]:
        """The texts of the comments."""
        return [comment["body"] for comment in self.read()["comments"]]


class GitHub:
    """The server. `refuses`: methods that the token may not use.

    `troubles`: of the next requests the status that each gets in place of an answer, and its headers.
    """

    def __init__(self, folder: Path) -> None:
        self.record, self.refuses = Record(folder), tuple[str, ...]()
        self.troubles: list[tuple[int, Mapping[str, str]]] = []
        self.description = Description()
        github = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, answer = 0, {"message": "in trouble"}
                if github.troubles:
                    status, headers = github.troubles.pop(0)
                else:
                    with github.record.changed() as everything:
                        status, answer, link = github.answer(everything, self.command, self.path, self.headers, body)
                    headers = {"Link": link} if link else {}
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: Any) -> None:
                pass

            do_GET = do_POST = do_PATCH = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(
        self, everything: dict[str, Any], method: str, address: str, headers: Any, body: Any
    ) -> tuple[int, Any, str]:
        """The status, the answer and its Link."""
        path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query))
        everything["asked"].append(f"{method} {path}")
        if headers["Authorization"] != "Bearer good":
            return 401, {"message": "Bad credentials"}, ""
        operation = self.description.operation(method, path)
        wrong = (
            self.description.wrong_in_request(operation, query, body) if operation else [f"not known: {method} {path}"]
        )
        if operation is None or wrong:
            everything["wrong"] += wrong
            return 500, {"message": "; ".join(wrong)}, ""
        if method in self.refuses:
            return 403, {"message": "Resource not accessible by integration"}, ""
        if len((body or {}).get("body") or "") > _LONGEST:
            return 422, {"message": "body is too long"}, ""
        number = next((int(value) for value in operation.values.values() if value.isdigit()), 0)
        status, answer = _ANSWERS[operation.name](operation, everything, number, body)
        page = int(query.get("page", 1))
        link = ""
        if isinstance(answer, list):
            more, answer = len(answer) > _PAGE * page, answer[_PAGE * (page - 1) : _PAGE * page]
            link = f'<{self.url}{path}?per_page=100&page={page + 1}>; rel="next", <x>; rel="last"' if more else ""
        wrong = self.description.wrong_in_answer(operation, status, answer)
        everything["wrong"] += wrong
        return (500, {"message": "; ".join(wrong)}, "") if wrong else (status, answer, link)


Answer = tuple[int, Any]


def _comments(operation: Operation, has: dict[str, Any], number: int, body: Any) -> Answer:
    if body is None:
        return 200, [_comment(operation, one) for one in has["comments"] if one["issue"] == number]
    has["comments"].append({"id": len(has["comments"]) + 1, "issue": number, "by": BOT, **body})
    return 201, _comment(operation, has["comments"][-1])


def _changed_comment(operation: Operation, has: dict[str, Any], number: int, body: Any) -> Answer:
    has["comments"][number - 1].update(body)
    return 200, _comment(operation, has["comments"][number - 1])


def _pulls(operation: Operation, has: dict[str, Any], _number: int, _body: Any) -> Answer:
    merged = {"merged_at": "2026-01-01T00:00:00Z", "requested_teams": []}
    numbers = has["pulls"].get(operation.values["commit_sha"], [])
    return 200, [{**operation.example(200)[0], **merged, "number": one} for one in numbers]


def _issues(operation: Operation, has: dict[str, Any], _number: int, body: Any) -> Answer:
    if body is None:
        return 200, [_issue(operation, one) for one in has["issues"] if one["state"] == "open"]
    has["issues"].append({"number": len(has["issues"]) + 1, "state": "open", "by": BOT, **body})
    return 201, _issue(operation, has["issues"][-1])


def _changed_issue(operation: Operation, has: dict[str, Any], number: int, body: Any) -> Answer:
    has["issues"][number - 1].update(body)
    return 200, _issue(operation, has["issues"][number - 1])


def _dispatched(operation: Operation, has: dict[str, Any], _number: int, body: Any) -> Answer:
    number = len(has["runs"]) + 1
    has["runs"].append({"id": number, "workflow": operation.values["workflow_id"], "conclusion": None, **body})
    address = f"https://github.com/shop/infra/actions/runs/{number}"
    return 200, {"workflow_run_id": number, "run_url": address, "html_url": address}


def _run(operation: Operation, has: dict[str, Any], number: int, _body: Any) -> Answer:
    conclusion = has["runs"][number - 1]["conclusion"]
    status = "completed" if conclusion else "in_progress"
    return 200, {**operation.example(200), "id": number, "status": status, "conclusion": conclusion}


_ANSWERS = {
    "GET /issues/{issue_number}/comments": _comments,
    "POST /issues/{issue_number}/comments": _comments,
    "PATCH /issues/comments/{comment_id}": _changed_comment,
    "GET /commits/{commit_sha}/pulls": _pulls,
    "GET /issues": _issues,
    "POST /issues": _issues,
    "PATCH /issues/{issue_number}": _changed_issue,
    "POST /actions/workflows/{workflow_id}/dispatches": _dispatched,
    "GET /actions/runs/{run_id}": _run,
}


def _comment(operation: Operation, one: dict[str, Any]) -> dict[str, Any]:
    return _filled(operation, {"id": one["id"], "body": one["body"]}, one["by"])


def _issue(operation: Operation, one: dict[str, Any]) -> dict[str, Any]:
    return _filled(operation, {key: one[key] for key in ("number", "title", "body", "state")}, one["by"])


def _filled(operation: Operation, values: dict[str, Any], by: str) -> dict[str, Any]:
    """GitHub's own example, with these values."""
    example = next(
        operation.example(status) for status in (200, 201) if str(status) in operation.described["responses"]
    )
    example = example[0] if isinstance(example, list) else example
    return {**example, **values, "user": {**example["user"], "login": by}}


def main() -> None:
    """Serves until it is ended; says its address on standard output."""
    github = GitHub(Path(sys.argv[1]))
    print(github.url, flush=True)
    github.server.serve_forever()


if __name__ == "__main__":
    main()
