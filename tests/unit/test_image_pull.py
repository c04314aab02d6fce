"""A pull policy changes together with the image, never by itself: it would restart what runs."""

from typing import Any

import pytest

from cadrart_infra.image_pull import Pulled, has_version, server_pull_policy, workload_pull_policy
from tests.unit.program import FakeKubectl, run

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("ghcr.io/manuszep/cadrart2025-backend:1.4.2", True),
        ("mysql:8.0", True),
        (f"mysql@{DIGEST}", True),
        (f"mysql:latest@{DIGEST}", True),
        ("mysql", False),
        ("mysql:latest", False),
        ("registry.local:5000/backend", False),
        ("registry.local:5000/backend:latest", False),
    ],
)
def test_an_image_has_a_version_by_its_tag_or_its_digest(image: str, expected: bool) -> None:
    assert has_version(image) is expected


@pytest.mark.parametrize(
    ("image", "wanted", "running", "policy"),
    [
        ("backend:2", "", None, "IfNotPresent"),
        ("backend", "", None, "Always"),
        ("backend:2", "", Pulled("backend:1", "Always"), "IfNotPresent"),
        ("backend:2", "", Pulled("backend:2", "Always"), "Always"),
        ("backend:2", "Always", Pulled("backend:2", "IfNotPresent"), "Always"),
    ],
)
def test_a_new_image_gets_the_new_policy(image: str, wanted: str, running: Pulled | None, policy: str) -> None:
    assert workload_pull_policy(image, wanted, running) == policy


@pytest.mark.parametrize(
    ("running", "policy"),
    [
        (None, "IfNotPresent"),
        (Pulled("mysql:8.0", "Always"), "Always"),
        (Pulled("mysql:5.7", "Always"), "IfNotPresent"),
    ],
)
def test_the_server_keeps_its_policy_until_its_image_changes(running: Pulled | None, policy: str) -> None:
    assert server_pull_policy("mysql:8.0", running) == policy


def server_that_runs(image: str) -> dict[str, Any]:
    template = {"metadata": {"labels": {}}, "spec": {"containers": [{"image": image, "imagePullPolicy": "Always"}]}}
    return {"kind": "Deployment", "metadata": {"name": "db"}, "spec": {"template": template}}


def declared(kubectl: FakeKubectl) -> tuple[str, bool]:
    """The server's policy, and whether its Deployment says that Always was kept."""
    deployment = run(kubectl, pull={"policy": "Always"})["deployment/db"].inputs
    policy = deployment["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"]
    return policy, "ateliercadrart.com/pull-policy" in deployment["metadata"]["annotations"]


def test_the_program_declares_a_running_server_s_pod_as_it_is() -> None:
    assert declared(FakeKubectl()) == ("IfNotPresent", False)
    assert declared(FakeKubectl(deployments=[server_that_runs("mysql:8.0")])) == ("Always", True)
    assert declared(FakeKubectl(deployments=[server_that_runs("mysql:8.4")])) == ("IfNotPresent", False)
