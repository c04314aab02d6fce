"""What GitHub signs for a job: how the cluster's clients get it, and a kubeconfig that names no account."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cadrart_infra.github import identity, job_token, kubeconfig
from sandbox.paths import REPOSITORY
from tests.github.issuer import Issuer, claims

SERVER = "https://k3s.example:6443"


def test_a_token_is_for_the_job_and_the_cluster_and_is_kept_until_it_ends(job: Issuer, tmp_path: Path) -> None:
    kept = tmp_path / "token"
    with job.serving():
        first = identity.credential(SERVER, kept)
        assert identity.credential(SERVER, kept) == first
        assert job.asked(SERVER) == ["environment:prod"]
        document = json.loads(first)
        said = claims(document["status"]["token"])
        assert (said["aud"], said["environment"]) == (SERVER, "prod")
        assert kept.stat().st_mode & 0o077 == 0
        past = {**document["status"], "expirationTimestamp": "2026-01-01T00:00:00+00:00"}
        kept.write_text(json.dumps({**document, "status": past}))
        assert identity.credential(SERVER, kept) != first
    assert job.asked(SERVER) == ["environment:prod"] * 2


def test_what_is_kept_of_another_kind_is_asked_for_again(job: Issuer, tmp_path: Path) -> None:
    kept = tmp_path / "token"
    kept.write_text("half a fi")
    with job.serving():
        assert json.loads(identity.credential(SERVER, kept))["status"]["token"]


def test_a_job_for_which_nothing_is_signed_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL", raising=False)
    assert identity.main([SERVER, str(tmp_path / "token")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "`id-token: write`" in printed.err


def test_a_refusal_of_github_s_is_said_without_the_job_s_own_token(
    job: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(job_token, "_PAUSES", (0, 0))
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a-wrong-one")
    with job.serving():
        assert identity.main([SERVER, str(tmp_path / "token")]) == 1
    printed = capsys.readouterr().err
    assert "403" in printed
    assert "a-wrong-one" not in printed


def test_a_request_that_is_lost_is_made_again(job: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_token, "_PAUSES", (0, 0))
    job.lose(1)
    with job.serving():
        assert json.loads(identity.credential(SERVER, tmp_path / "token"))["kind"] == "ExecCredential"


def test_a_token_without_an_end_is_not_used_twice() -> None:
    assert identity._end("no.token") <= time.time()


def test_it_needs_nothing_but_python(tmp_path: Path) -> None:
    imports = "import sys; sys.path.insert(0, sys.argv[1]); import cadrart_infra.github.identity"
    command = [sys.executable, "-I", "-S", "-c", imports]
    subprocess.run([*command, str(REPOSITORY)], cwd=tmp_path, check=True)


def test_a_kubeconfig_without_an_account_gets_the_job_and_keeps_what_it_says_of_the_cluster(tmp_path: Path) -> None:
    cluster = {"server": SERVER, "certificate-authority-data": "Q0E="}
    view = {
        "clusters": [{"name": "k3s", "cluster": cluster}],
        "users": None,
        "contexts": [{"name": "k3s", "context": {"cluster": "k3s", "user": "", "namespace": "shop"}}],
        "current-context": "k3s",
    }
    made = kubeconfig.with_the_job(view, tmp_path / "kubeconfig")
    (user,) = made["users"]
    assert made["contexts"] == [
        {"name": "k3s", "context": {"cluster": "k3s", "user": user["name"], "namespace": "shop"}}
    ]
    assert {**made, "users": None, "contexts": None} == {**view, "contexts": None}
    plugin = user["user"]["exec"]
    assert SERVER in plugin["args"]
    assert plugin["command"] == sys.executable
