"""The API server, asked through one `kubectl proxy`: a kubectl for each question takes a tenth of a second."""

import contextlib
import http.client
import json
import os
import re
import select
import socket
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

from cadrart_infra.cluster.commands import kubectl_command, wait_for_announcement
from cadrart_infra.cluster.errors import ApiError, ClusterError

# Ends the proxy, and removes its folder, when standard input closes: that is when the process that asks has ended,
# however it did. The proxy itself does not get the terminal's Ctrl-C: who asks may have a last word to the cluster.
_WHILE_STDIN_IS_OPEN = (
    'exec 3<&0; "$@" 3<&- & proxy=$!; exec >/dev/null 2>&1; { read -r _ <&3; kill $proxy; } & wait $proxy; rm -rf "$0"'
)
_NO_CREDENTIALS = "getting credentials"
"""What kubectl's answer begins with where the kubeconfig's credential plugin failed; why is on its standard error."""
_NOT_LET_IN = (
    "the API server does not take the token or the certificate of the kubeconfig, or no longer: it has run out, or its "
    "account was deleted"
)
_LOGGED = re.compile(r"[IWEF]\d{4} ")
"""What a line of kubectl's own log begins with."""


class ApiServer:
    """Answers through a `kubectl proxy` that runs from the first question until this process ends.

    Questions may be asked from several threads at once. `context`: of the kubeconfig, empty for its current one.
    """

    def __init__(self, context: str) -> None:
        self._context = context
        self._proxy: _Proxy | None = None
        self._starting = threading.RLock()  # a signal's handler may ask while its thread starts the proxy

    def request(self, method: str, path: str, body: Any = None, timeout: float = 5, content: str = "json") -> str:
        """The answer to a request, within `timeout` seconds; `body` is sent as JSON of this `content` type.

        A proxy that has ended is started once more. Raises ApiError for a status of 400 and more, ClusterError where
        there is no answer at all.
        """
        sent = _Sent(method, path, None if body is None else json.dumps(body), f"application/{content}")
        return self._answer(sent, timeout).body

    def time(self, timeout: float = 5) -> datetime:
        """The API server's clock, to the second; raises ClusterError."""
        date = self._answer(_Sent("GET", "/version", None, ""), timeout).date
        try:
            return parsedate_to_datetime(date).astimezone(UTC)
        except (TypeError, ValueError):
            raise ClusterError("The API server does not say what time it is.") from None

    def _answer(self, sent: "_Sent", timeout: float) -> "_Answer":
        """Asked once more where the credentials are not taken any more: their plugin is asked for new ones only then.

        Nothing was done for who is not known.
        """
        try:
            return self._answer_once(sent, timeout)
        except ApiError as error:
            if not error.said.endswith(_NOT_LET_IN):
                raise
            return self._answer_once(sent, timeout)

    def _answer_once(self, sent: "_Sent", timeout: float) -> "_Answer":
        proxy = self._running()
        try:
            return proxy.answer(sent, timeout)
        except _ProxyEnded as ended:
            self._forget(proxy)
            if ended.may_be_done:
                raise _about(sent, ClusterError(f"no answer: {ended}")) from None
        try:
            return self._running().answer(sent, timeout)
        except _ProxyEnded as ended:
            raise _about(sent, ClusterError(f"no answer: {ended}")) from None

    def end(self) -> None:
        """Ends the proxy; the next question starts another."""
        if self._proxy:
            self._forget(self._proxy)

    def _running(self) -> "_Proxy":
        with self._starting:
            if self._proxy is None:
                self._proxy = _Proxy(self._context)
            return self._proxy

    def _forget(self, proxy: "_Proxy") -> None:
        with self._starting:
            if self._proxy is proxy:
                self._proxy = None
        proxy.end()


_SERVERS: dict[str, ApiServer] = {}


def api_server(context: str) -> ApiServer:
    """The one way of this process to the cluster of a context."""
    return _SERVERS.setdefault(context, ApiServer(context))


class _Proxy:
    """A `kubectl proxy` at a socket that only this user can open; raises ClusterError where it does not start."""

    def __init__(self, context: str) -> None:
        command = kubectl_command(context, "proxy")
        folder = tempfile.mkdtemp(prefix="cadrart-")
        self.path = Path(folder) / "api"
        self._plugin_said, self._reading = "", threading.Lock()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _WHILE_STDIN_IS_OPEN, folder, *command, f"--unix-socket={self.path}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for_announcement(self._process, "Starting to serve on", timeout=20)
        except ClusterError:
            self.end()
            raise

    def answer(self, sent: "_Sent", timeout: float) -> "_Answer":
        """An answer of success; raises ApiError, ClusterError, or _ProxyEnded where nobody is at the socket."""
        try:
            return _answer(self.path, sent, timeout)
        except ApiError as error:
            self._read_printed()
            if not error.said.startswith(_NO_CREDENTIALS):
                raise
            raise _about(sent, ApiError(error.status, f"{error.said}: {self._plugin_said}")) from None

    def _read_printed(self) -> None:
        """Keeps what a credential plugin said. Kubectl logs each failure beside it, and would stop at a full pipe."""
        assert self._process.stdout is not None
        stream, printed = self._process.stdout, ""
        with self._reading, contextlib.suppress(ValueError):  # another thread may have ended the proxy
            while select.select([stream], [], [], 0)[0] and (chunk := os.read(stream.fileno(), 4096)):
                printed += chunk.decode(errors="replace")
            said = [line for line in printed.splitlines() if line and not _LOGGED.match(line)]
            self._plugin_said = "\n".join(dict.fromkeys(said)) or self._plugin_said

    def end(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._process.wait()


class _ProxyEnded(Exception):
    """Nobody is at the socket any more; `may_be_done`: whether what was asked may have been done all the same."""

    def __init__(self, error: OSError, may_be_done: bool) -> None:
        super().__init__(str(error))
        self.may_be_done = may_be_done


class _Answer(NamedTuple):
    """A successful answer: its body, and its Date header."""

    body: str
    date: str


class _Sent(NamedTuple):
    """A request to the API server."""

    method: str
    path: str
    body: str | None
    content_type: str


def _answer(socket_path: Path, sent: _Sent, timeout: float) -> _Answer:
    """Sends a request through the proxy's socket; raises an error for any answer but success."""
    connection, connected = _Connection(socket_path, timeout), False
    try:
        connection.connect()
        connected = True
        connection.request(sent.method, sent.path, sent.body, {"Content-Type": sent.content_type} if sent.body else {})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except TimeoutError:
        raise _about(sent, ClusterError(f"no answer within {timeout:g} s")) from None
    except OSError as error:
        raise _ProxyEnded(error, may_be_done=connected and sent.method != "GET") from None
    except http.client.HTTPException as error:
        raise _about(sent, ClusterError(f"no answer: {error}")) from None
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise _about(sent, ApiError(answer.status, _said(answer.status, text)))
    return _Answer(text, answer.headers.get("Date", ""))


def _about(sent: _Sent, error: ClusterError) -> ClusterError:
    error.asked = f"{sent.method} {sent.path.partition('?')[0]}"
    return error


class _Connection(http.client.HTTPConnection):
    """One request over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _said(status: int, body: str) -> str:
    """The message of an answer of the API server's own; the beginning of a pod's answer."""
    answer: Any = {}
    with contextlib.suppress(json.JSONDecodeError):
        answer = json.loads(body)
    own = answer if isinstance(answer, dict) else {}
    said = str(own.get("message") or " ".join(body.split())[:200])
    # Not where a pod refuses that was asked through it.
    let_in = status != http.client.UNAUTHORIZED or own.get("kind") != "Status"
    return said if let_in else f"{said}; {_NOT_LET_IN}"
