"""A server that answers as GitHub's API does for the comments of a pull request; `python -m tests.github RECORD`."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class GitHub:
    """Comments of one pull request, two on a page; refuses what GitHub refuses."""

    def __init__(self, record: Path | None = None) -> None:
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._record = record
        github = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: Any, link: str = "") -> None:
                self.send_response(status)
                if link:
                    self.send_header("Link", link)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())
                github.save()

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

    def save(self) -> None:
        """Writes the comments into the record, whole or not at all."""
        if self._record:
            new = self._record.with_suffix(".new")
            new.write_text(json.dumps([comment["body"] for comment in self.comments]))
            new.replace(self._record)


def main() -> None:
    """Serves until it is ended; says its address on standard output, and keeps the comments in the given file."""
    github = GitHub(Path(sys.argv[1]))
    github.save()
    print(github.url, flush=True)
    github.server.serve_forever()


if __name__ == "__main__":
    main()
