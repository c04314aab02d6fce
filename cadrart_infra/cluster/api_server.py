"""The API server, asked many questions through one `kubectl proxy`: a kubectl for each takes a tenth of a second."""

import contextlib
import http.client
import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cadrart_infra.cluster.kubectl import ClusterError, Kubectl


class ApiError(ClusterError):
    """The API server answered with an HTTP status of failure, its own or that of a pod behind it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"status {status}{': ' if said else ''}{said}")
        self.status = status


class ApiServer:
    """Answers at the socket of a `kubectl proxy`; questions may be asked from several threads at once."""

    def __init__(self, path: Path, namespace: str) -> None:
        self._path, self._namespace = path, namespace

    def ask(self, path: str, timeout: float = 5) -> str:
        """What it answers to a GET of `path`, within `timeout` seconds.

        Raises ApiError for a status of 400 and more, ClusterError where there is no answer at all.
        """
        connection = _Connection(self._path, timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        except TimeoutError:
            raise ClusterError(f"no answer within {timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise ClusterError(f"no answer: {error}") from None
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise ApiError(answer.status, _words(body))
        return body

    def objects(self, api: str, kind: str, selector: str = "", timeout: float = 30) -> list[dict[str, Any]]:
        """Objects of a kind in the namespace; `api` as in a URL (`api/v1`, `apis/apps/v1`), `kind` in the plural."""
        query = f"?labelSelector={quote(selector)}" if selector else ""
        answer = self.ask(f"/{api}/namespaces/{self._namespace}/{kind}{query}", timeout)
        items: list[dict[str, Any]] = json.loads(answer)["items"]
        return items


@contextlib.contextmanager
def api_server(kubectl: Kubectl) -> Iterator[ApiServer]:
    """The API server while the block runs, at a socket that only this user can open; raises ClusterError."""
    with tempfile.TemporaryDirectory(prefix="cadrart-") as folder:
        path = Path(folder) / "api"
        with kubectl.serving("proxy", f"--unix-socket={path}", announces="Starting to serve on"):
            yield ApiServer(path, kubectl.namespace)


class _Connection(http.client.HTTPConnection):
    """One request over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _words(body: str) -> str:
    """The message of an answer of the API server's own; the beginning of a pod's answer."""
    with contextlib.suppress(json.JSONDecodeError, AttributeError):
        if message := json.loads(body).get("message"):
            return str(message)
    return " ".join(body.split())[:200]
