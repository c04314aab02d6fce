"""A new Deployment with several pods begins with one, which migrates."""

import json
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.promotion.first_pod import FirstPod, FirstPodNotReady

DECLARED = {"kind": "Deployment", "metadata": {"name": "backend-blue"}, "spec": {"replicas": 3.0, "template": {}}}


class Kubectl:
    """Takes note of what is made and waited for."""

    def __init__(self, create: str = "", ready: bool = True) -> None:
        self.made: list[Any] = []
        self._create, self._ready = create, ready

    def create(self, manifest: Any) -> None:
        self.made.append(json.loads(json.dumps(manifest)))
        if self._create:
            raise ClusterError(self._create)

    def wait_until_rolled_out(self, deployment: str, timeout: float) -> None:
        self.made.append((deployment, timeout))
        if not self._ready:
            raise ClusterError("timed out")


def first_pod(kubectl: Kubectl) -> FirstPod:
    return FirstPod("backend-blue", 40, kubectl, lambda name: f"{name} is not ready")  # type: ignore[arg-type]


@pytest.mark.parametrize("create", ["", 'deployments.apps "backend-blue" AlreadyExists'])
def test_it_is_made_with_one_pod_and_waited_for_also_where_a_killed_update_has_made_it(create: str) -> None:
    kubectl = Kubectl(create)
    first_pod(kubectl).make(DECLARED)
    assert kubectl.made == [{**DECLARED, "spec": {"replicas": 1, "template": {}}}, ("backend-blue", 40)]


@pytest.mark.parametrize("kubectl", [Kubectl("status 403"), Kubectl(ready=False)])
def test_the_others_are_not_made_where_it_does_not_get_ready(kubectl: Kubectl) -> None:
    with pytest.raises(FirstPodNotReady, match="backend-blue is not ready"):
        first_pod(kubectl).make(DECLARED)
