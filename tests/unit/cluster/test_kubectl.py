"""The arguments of kubectl, noted by a stand-in that is a real process."""

import json
import os
from pathlib import Path

import pytest

from cadrart_infra.cluster.kubectl import Kubectl


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
