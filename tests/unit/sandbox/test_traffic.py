"""The load of the tests: it goes on as long as what it accompanies."""

import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.shop import answers, images, traffic

_SUMMARY = """echo '{"targets": {"proxy": {}}}' > "$4"\n"""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(answers, "addresses", lambda *_: dict.fromkeys(answers.PROXIES, "192.0.2.1"))
    started: list[subprocess.Popen[bytes]] = []

    def popen(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        started.append(subprocess.Popen(*arguments, **options))
        return started[0]

    return SimpleNamespace(popen=popen, started=started)


def probe(folder: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> Path:
    """In the place of the load's program: it writes its summary, and goes on or ends."""
    program, ready = folder / "probe", folder / "ready"
    program.write_text(f"#!/bin/sh\n{_SUMMARY}touch {ready}\n{then}\n")
    program.chmod(0o755)
    monkeypatch.setattr(images, "probe_binary", lambda: program)
    return ready


def test_one_that_ends_before_its_block_is_an_error(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(SandboxError, match="ended before"), traffic.traffic(cluster, "shop"):
        cluster.started[0].wait()


def test_one_that_goes_on_is_ended_with_its_block(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = probe(tmp_path, monkeypatch, "exec sleep 60")
    with traffic.traffic(cluster, "shop") as load:
        while not ready.exists():
            time.sleep(0.01)
    assert load.targets == {"proxy": {}}
    assert cluster.started[0].poll() is not None
