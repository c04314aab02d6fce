"""The arguments of kubectl, noted by a stand-in that is a real process."""

import json
import os
from pathlib import Path

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl

LOGGED = (
    'E1129 22:15:14.123456    4711 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group: '
    'Get \\"https://10.0.0.1:6443/api\\": dial tcp 10.0.0.1:6443: connect: connection refused"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in leaves its arguments and what it was sent."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\ncat > {tmp_path}/sent\n')
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def test_objects_are_applied_by_the_server_under_the_name_that_is_given(folder: Path) -> None:
    manifests = [{"kind": "Service", "metadata": {"name": name}} for name in ("a", "b")]
    Kubectl("cadrart", "laptop").apply(*manifests, manager="some-writer")
    arguments = (folder / "arguments").read_text().splitlines()
    assert arguments[:2] == ["--context=laptop", "--namespace=cadrart"]
    assert arguments[3:] == [
        *("apply", "--server-side", "--force-conflicts", "--field-manager=some-writer", "-f", "-"),
    ]
    assert [json.loads(line) for line in (folder / "sent").read_text().splitlines()] == manifests


@pytest.mark.parametrize(
    ("printed", "error"),
    [
        (f"{LOGGED}{LOGGED}The connection to the server was refused\n", "The connection to the server was refused"),
        ("error: context laptop does not exist\n", "context laptop does not exist"),
        (f"{LOGGED}", LOGGED.strip()),
    ],
)
def test_an_error_is_what_kubectl_says_without_the_log_of_its_library(folder: Path, printed: str, error: str) -> None:
    (folder / "printed").write_text(printed)
    (folder / "kubectl").write_text(f"#!/bin/sh\ncat {folder}/printed >&2\nexit 1\n")
    with pytest.raises(ClusterError) as raised:
        Kubectl("cadrart", "laptop").run("get", "pods")
    assert str(raised.value) == error
