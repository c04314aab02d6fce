"""For the unit tests: no test fails for the time that an example takes, and none reaches a cluster."""

import os
from pathlib import Path

import hypothesis
import pytest


def pytest_configure() -> None:
    """Here, for no other tests have examples, and each process of theirs would wait for the import."""
    slowness = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=slowness)
    hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def no_kubectl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose kubectl refuses everything."""
    folder = tmp_path_factory.mktemp("no-kubectl")
    kubectl = folder / "kubectl"
    kubectl.write_text("#!/bin/sh\necho 'error: a unit test has asked for the cluster of this machine' >&2\nexit 1\n")
    kubectl.chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def _no_cluster_of_this_machine(no_kubectl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without a stand-in would find the kubectl of whoever runs it, and leave its proxy to the next test."""
    monkeypatch.setenv("PATH", str(no_kubectl), prepend=os.pathsep)
