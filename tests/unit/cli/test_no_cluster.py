"""Every command, where the cluster cannot be asked: it ends with a sentence and status 1, and has changed nothing."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.cli import main
from cadrart_infra.cluster import api_server
from cadrart_infra.history.checkout import FOLDER
from tests.unit import proxy_stand_in

SETTINGS = FOLDER / "Pulumi.prod.yaml"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("preview",),
    ("release", "backend", "1.5.0"),
    ("switch",),
    ("rollback",),
    ("sync",),
    ("backup",),
    ("restore",),
    ("restore", "20260101-000000-blue", "--replace-production"),
    ("masking",),
    ("deploy",),
    ("drift",),
    ("recover",),
    ("unlock",),
)
SOME = (("status",), ("switch",), ("restore",))
"""Of each way to the cluster one."""
PORTAL = "<html><body>Please log in</body></html>"


def refusal(status: int, message: str) -> dict[str, Any]:
    """As the API server writes it."""
    return {"status": status, "body": json.dumps({"kind": "Status", "message": message, "code": status})}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stand-in for kubectl, what it answers, and the logs of commands."""
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f'#!/bin/sh\nexec {sys.executable} {proxy_stand_in.__file__} {tmp_path} "$@"\n')
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(api_server, "_SERVERS", {})
    yield tmp_path
    for server in api_server._SERVERS.values():
        server.end()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refusal(401, "Unauthorized"), "The cluster does not let this account in; nothing was changed."),
        (refusal(403, "x is forbidden"), "status 403: x is forbidden"),
        (refusal(500, "etcdserver: request timed out"), "status 500: etcdserver: request timed out"),
        ({"status": 503, "body": "upstream connect error"}, "status 503: upstream connect error"),
        ({"status": 200, "body": '{"items": ['}, "is no API server"),
        ({"nothing": "at all"}, "no answer: "),
        ({"status": 200, "body": PORTAL, "ready": True}, "is no API server"),
        ({"status": 200, "body": "null", "ready": True}, "is no API server"),
        ({"ready": True}, "no answer: "),
    ],
)
def test_a_cluster_that_answers_badly(
    folder: Path, capsys: pytest.CaptureFixture[str], fault: dict[str, Any], said: str
) -> None:
    (folder / "fault.json").write_text(json.dumps(fault))
    for command in SOME:
        assert_refused(command, capsys, said)


def test_no_command_does_anything_where_the_cluster_breaks_off_after_its_first_answer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "fault.json").write_text(json.dumps({**refusal(500, "boom"), "ready": True}))
    for command in COMMANDS:
        assert_refused(command, capsys, "status 500: boom")


def test_no_command_takes_a_portal_for_a_cluster(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "fault.json").write_text(json.dumps({"status": 200, "body": PORTAL}))
    for command in COMMANDS:
        assert_refused(command, capsys, "is no API server; a portal or a proxy may stand before it")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'error: unknown flag: --unix-socket' >&2; exit 1", "unknown flag: --unix-socket"),
        ("echo 'error: context \"prod\" does not exist' >&2; exit 1", "does not exist"),
        ("exit 3", "kubectl did not begin to serve"),
    ],
)
def test_a_kubectl_that_does_not_work(folder: Path, capsys: pytest.CaptureFixture[str], script: str, said: str) -> None:
    (folder / "bin" / "kubectl").write_text(f"#!/bin/sh\n{script}\n")
    for command in SOME:
        assert_refused(command, capsys, said)


def test_without_kubectl_nobody_is_sent_to_their_kubeconfig(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    for command in SOME:
        assert_refused(command, capsys, "kubectl is not on the PATH. Install it", sends_to_the_kubeconfig=False)


def assert_refused(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], said: str, *, sends_to_the_kubeconfig: bool = True
) -> None:
    before = SETTINGS.read_bytes()
    assert main([*command, "--stack", "prod", *(() if command == ("status",) else ("--yes",))]) == 1, command
    printed = "".join(capsys.readouterr())
    assert said in " ".join(printed.split()), (command, printed)
    assert "error: " in printed, command
    assert ("KUBECONFIG" in printed) is sends_to_the_kubeconfig, (command, printed)
    assert SETTINGS.read_bytes() == before


def nobodys() -> Path:
    """As pathlib answers a user without HOME and without a name."""
    raise RuntimeError("Could not determine home directory.")


def test_no_place_for_the_log_is_reported_by_commands_that_run_pulumi_and_keeps_no_other_from_its_work(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked in ("readyz", "services", "configmaps", "deployments"):
        (folder / f"{asked}.answer.json").write_text(json.dumps({"items": []}))
    (folder / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "file"))
    assert main(["preview", "--stack", "prod"]) == 1
    assert "cannot be written (Not a directory); nothing was changed" in capsys.readouterr().out
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", nobodys)
    assert main(["preview", "--stack", "prod"]) == 1
    assert "Name a place: XDG_STATE_HOME=/some/folder" in capsys.readouterr().out
    assert main(["unlock", "--stack", "prod"]) == 0
    assert "there is no Lease to free" in capsys.readouterr().out


def test_a_file_of_settings_that_cannot_be_read_is_reported(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadrart_infra.cli.workspace.FOLDER", folder)
    (folder / "Pulumi.other.yaml").mkdir()
    assert main(["switch", "--stack", "other", "--yes"]) == 1
    assert "Pulumi.other.yaml cannot be read (Is a directory); nothing was changed" in capsys.readouterr().out
