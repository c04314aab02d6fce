"""The one way to the API server: a `kubectl proxy`, here with a stand-in of real processes in its place."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.cluster.api_server import ApiServer
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.waiting import look_until
from tests.unit import proxy_stand_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in has its answers, and notes each of its processes."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {sys.executable} {proxy_stand_in.__file__} {tmp_path} "$@"\n')
    kubectl.chmod(0o755)
    (tmp_path / "name.answer.json").write_text(json.dumps({"name": "cluster"}))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[ApiServer]:
    server = ApiServer("")
    yield server
    server.end()


def _processes(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "proxies").read_text().split()]


def _ends(pid: int) -> bool:
    return look_until(lambda ended: ended, lambda: not _lives(pid), seconds=10, pause=0.05)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second where it ends while it is read
        return False


def test_many_questions_take_one_kubectl(folder: Path, server: ApiServer) -> None:
    assert {server.request("GET", "/name") for _ in range(3)} == {'{"name": "cluster"}'}
    assert len(_processes(folder)) == 1


def test_what_is_sent_arrives_with_its_type(server: ApiServer) -> None:
    answer = server.request("PUT", "/name", {"a": 1}, content="merge-patch+json")
    assert json.loads(answer) == {"sent": {"a": 1}, "type": "application/merge-patch+json"}


def test_a_status_of_failure_is_an_error_with_the_server_s_own_words(server: ApiServer) -> None:
    with pytest.raises(ApiError, match=r"^status 404: there is no /other$") as error:
        server.request("GET", "/other")
    assert error.value.status == 404


def test_what_a_credential_plugin_says_stands_behind_kubectl_s_answer(folder: Path, server: ApiServer) -> None:
    refused = {"status": 500, "body": "getting credentials: exec: executable python3 failed with exit code 1"}
    said = "error: GitHub signs nothing for this job.\nE1127 01:02:03.4 7 proxy_server.go:147] Error while proxying"
    (folder / "fault.json").write_text(json.dumps({**refused, "said": said}))
    for _ in range(2):
        with pytest.raises(ApiError, match=r"failed with exit code 1: error: GitHub signs nothing for this job\.$"):
            server.request("GET", "/name")


def test_a_kubectl_that_logs_many_failures_goes_on_answering(folder: Path, server: ApiServer) -> None:
    fault = {"status": 502, "body": "connection refused", "said": "E1127 " + "connection refused " * 200}
    (folder / "fault.json").write_text(json.dumps(fault))
    for _ in range(40):  # more than a pipe holds
        with pytest.raises(ApiError, match="status 502: connection refused"):
            server.request("GET", "/name")


def test_a_proxy_that_was_ended_is_started_again(folder: Path, server: ApiServer) -> None:
    server.request("GET", "/name")
    (first,) = _processes(folder)
    os.kill(first, signal.SIGKILL)
    assert _ends(first)
    server.request("GET", "/name")
    assert len(_processes(folder)) == 2


def test_a_context_that_does_not_exist_is_reported_in_kubectl_s_words(folder: Path) -> None:
    with pytest.raises(ClusterError, match=r'^context "gone" does not exist$'):
        ApiServer("gone").request("GET", "/name")


def test_nothing_is_left_of_it_when_the_process_that_asks_is_killed(folder: Path) -> None:
    script = (
        "import os, signal\n"
        "from cadrart_infra.cluster.api_server import ApiServer\n"
        "ApiServer('').request('GET', '/name')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    sockets = folder / "sockets"
    sockets.mkdir()
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(sockets)}, check=False)
    assert done.returncode == -signal.SIGKILL
    (proxy,) = _processes(folder)
    assert _ends(proxy)
    assert look_until(lambda left: not left, lambda: list(sockets.iterdir()), seconds=10, pause=0.05) == []


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ({"kind": "Status", "message": "Unauthorized"}, True),
        ({"message": "Unauthorized"}, False),  # a pod's own, asked through the API server
    ],
)
def test_credentials_that_have_run_out_are_reported_as_such(
    folder: Path, server: ApiServer, body: dict[str, str], reported: bool
) -> None:
    (folder / "fault.json").write_text(json.dumps({"status": 401, "body": json.dumps(body)}))
    with pytest.raises(ApiError, match=r"^status 401: Unauthorized") as refused:
        server.request("GET", "/name")
    assert ("does not take the token or the certificate of the kubeconfig" in str(refused.value)) is reported


def test_what_is_refused_for_old_credentials_is_asked_once_more_with_new_ones(folder: Path, server: ApiServer) -> None:
    body = json.dumps({"kind": "Status", "message": "Unauthorized"})
    (folder / "fault.json").write_text(json.dumps({"status": 401, "body": body, "once": True}))
    assert json.loads(server.request("PUT", "/name", {"a": 1}))["sent"] == {"a": 1}
