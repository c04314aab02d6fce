"""Who asks whether the cluster would make a pod, and what that is worth where the account may not ask."""

from typing import Any

import pytest

from cadrart_infra.cluster.admission import Admission, ask_for_pod
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import Kind

POD: dict[str, Any] = {"metadata": {"generateName": "backend-blue-"}, "spec": {}}
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}
DEPLOYMENTS = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create"]}
LOOKS = {"apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list"]}
UNASKED = Admission(unknown="this account may not create pods, which deploy/rbac/updater.yaml allows")


class Account:
    """Has these rights, and is refused a pod."""

    namespace = "cadrart"

    def __init__(self, *rules: dict[str, Any]) -> None:
        self.rules = rules

    def refusal(self, _kind: Kind, _pod: Any, timeout: float = 30) -> ApiError:
        return ApiError(403, "pods is forbidden")

    def review(self, _kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        return {"status": {"resourceRules": list(self.rules), "allowed": False}}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        pytest.param([PODS, DEPLOYMENTS], Admission(refused="pods is forbidden"), id="who may ask is refused"),
        pytest.param([DEPLOYMENTS], UNASKED, id="who updates is warned of what is not known"),
        pytest.param([LOOKS], Admission(), id="who may only look is not warned of it at each preview"),
    ],
)
def test_a_refusal_means_what_the_account_s_rights_make_of_it(rules: list[dict[str, Any]], said: Admission) -> None:
    assert ask_for_pod(Account(*rules), POD) == said  # type: ignore[arg-type]
