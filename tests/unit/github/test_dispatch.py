"""An app repository's release: the workflow here is begun, and waited for."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cadrart_infra.github import dispatch
from sandbox.paths import REPOSITORY
from tests.github.server import GitHub

RELEASE = ["shop/infra", "release.yaml", "--input", "workload=backend", "--input", "version=1.5.0", "--every", "0.05"]


@pytest.fixture
def token(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", "good")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def conclude(github: GitHub, conclusion: str) -> None:
    """Ends the first run, once it has begun and was looked at."""
    for _ in range(200):
        if any("/actions/runs/" in one for one in github.record.read()["asked"]):
            break
        time.sleep(0.05)
    with github.record.changed() as has:
        has["runs"][0]["conclusion"] = conclusion


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(("conclusion", "status"), [("success", 0), ("failure", 1), ("cancelled", 1)])
def test_its_end_is_the_exit_status(github: GitHub, conclusion: str, status: int) -> None:
    ending = threading.Thread(target=conclude, args=(github, conclusion), daemon=True)
    ending.start()
    assert dispatch.main(RELEASE) == status
    ending.join()
    (run,) = github.record.read()["runs"]
    assert (run["workflow"], run["ref"]) == ("release.yaml", "main")
    assert run["inputs"] == {"workload": "backend", "version": "1.5.0"}


@pytest.mark.usefixtures("token")
def test_a_refusal_and_a_run_that_does_not_end_in_time_fail(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dispatch.main([*RELEASE, "--time-limit", "0"]) == 1
    monkeypatch.setenv("GITHUB_TOKEN", "bad")
    assert dispatch.main(RELEASE) == 1
    assert len(github.record.read()["runs"]) == 1


def test_an_input_without_a_value_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        dispatch.main(["shop/infra", "release.yaml", "--input", "workload"])
    assert "workload is not NAME=VALUE" in capsys.readouterr().err


def test_it_needs_nothing_but_python(tmp_path: Path) -> None:
    imports = "import sys; sys.path.insert(0, sys.argv[1]); import cadrart_infra.github.dispatch"
    command = [sys.executable, "-I", "-S", "-c", imports]
    subprocess.run([*command, str(REPOSITORY)], cwd=tmp_path, check=True)
