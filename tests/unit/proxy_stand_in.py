"""A stand-in for `kubectl proxy`, run as a program: `python proxy_stand_in.py FOLDER proxy --unix-socket=…`.

A GET is answered by the first file `*.answer.json` in FOLDER whose name (without that) is a part of the path, a PUT
with what was sent; everything else by status 404. Each start is noted in FOLDER/proxies by its process.

FOLDER/fault.json, where it is there, is the answer to everything: its `status` and `body`, or no answer at all without
`status`; before it, what it `said` stands on standard error. With `ready` in it, /readyz is answered well nevertheless;
with `once`, everything after the first.
"""

import json
import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

_SUFFIX = ".answer.json"


def main() -> None:
    """Serves until it is ended; for the context `gone` it fails as kubectl does."""
    folder, arguments = Path(sys.argv[1]), sys.argv[2:]
    if "--context=gone" in arguments:
        sys.exit('error: context "gone" does not exist')
    with (folder / "proxies").open("a") as started:
        print(os.getpid(), file=started)
    socket = next(word.partition("=")[2] for word in arguments if word.startswith("--unix-socket="))
    with socketserver.ThreadingUnixStreamServer(socket, _answers(folder)) as server:
        print(f"Starting to serve on {socket}", flush=True)
        server.serve_forever()


def _answers(folder: Path) -> type[BaseHTTPRequestHandler]:
    return type("Answers", (_Answers,), {"folder": folder})


class _Answers(BaseHTTPRequestHandler):
    folder: Path

    def parse_request(self) -> bool:
        return super().parse_request() and not self._fails()

    def _fails(self) -> bool:
        file = self.folder / "fault.json"
        fault = json.loads(file.read_text()) if file.exists() else {}
        if not fault:
            return False
        if fault.get("once"):
            file.unlink()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print(fault.get("said", ""), file=sys.stderr, flush=True)
        if fault.get("ready") and self.path == "/readyz":
            self._send(200, b"ok")
        elif "status" in fault:
            self._send(fault["status"], fault["body"].encode())
        self.close_connection = True
        return True

    def do_GET(self) -> None:
        for file in sorted(self.folder.glob(f"*{_SUFFIX}")):
            if file.name.removesuffix(_SUFFIX) in self.path:
                return self._reply(200, json.loads(file.read_text()))
        return self._reply(404, {"message": f"there is no {self.path}"})

    def do_PUT(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._reply(200, {"sent": sent, "type": self.headers["Content-Type"]})

    def _reply(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content).encode())

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "kubectl"

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    main()
