"""A password that is changed again before pods and server are through with the change before."""

from typing import Any

import pytest

from cadrart_infra.accounts import operations
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import TwoValues, ValuesInUse, begin_change

PROD, STG = Environment.PROD, Environment.STG
FIRST, SECOND = "cadrart-secrets-prod-1", "cadrart-secrets-prod-2"
NOTED = ValuesInUse(
    {PROD: FIRST, STG: "cadrart-secrets-stg-1"},
    {PROD: {"DATABASE_PASSWORD": "p1", "JWT_SECRET": "j1"}, STG: {"DATABASE_PASSWORD": "s1"}},
    "root",
    unfinished=True,
    recorded=True,
    carried={PROD: "p2", STG: "s1"},
)


def pod(name: str, snapshot: str, *, ready: bool = True) -> dict[str, Any]:
    variable = {"name": "P", "valueFrom": {"secretKeyRef": {"name": snapshot}}}
    status = {"conditions": [{"type": "Ready", "status": str(ready)}]}
    return {"metadata": {"name": name}, "spec": {"containers": [{"env": [variable]}]}, "status": status}


class Kubectl:
    """Has the Secret and these pods."""

    namespace = "cadrart"

    def __init__(self, *pods: dict[str, Any], noted: ValuesInUse = NOTED) -> None:
        self._pods, self.secret = list(pods), {"data": noted.data()}

    def find(self, _kind: Kind, _name: str) -> dict[str, Any]:
        return self.secret

    def objects(self, _kind: Kind, selector: str) -> list[dict[str, Any]]:
        assert selector.endswith("=prod")
        return self._pods

    def patch(self, _kind: Kind, _name: str, change: dict[str, Any]) -> None:
        self.secret = {"data": self.secret["data"] | change["data"]}


def begun(kubectl: Kubectl, password: str = "p3") -> ValuesInUse:
    return begin_change(kubectl, {PROD: password, STG: "s1"})  # type: ignore[arg-type]


def test_the_cluster_went_on_so_that_pods_have_the_value_of_the_change_before() -> None:
    kubectl = Kubectl(pod("a", SECOND), pod("b", FIRST, ready=False))
    assert begun(kubectl).values[PROD] == {"DATABASE_PASSWORD": "p2", "JWT_SECRET": "j1"}
    again = begun(kubectl)  # where this one is cut off as well
    assert (again.values[PROD]["DATABASE_PASSWORD"], again.snapshots[PROD]) == ("p2", SECOND)
    assert again.carried == {PROD: "p3", STG: "s1"}


def test_no_pod_got_that_far() -> None:
    assert begun(Kubectl(pod("a", FIRST), pod("b", SECOND, ready=False))).values[PROD]["DATABASE_PASSWORD"] == "p1"


def test_pods_with_both_values_are_waited_for() -> None:
    kubectl = Kubectl(pod("a", FIRST), pod("b", SECOND))
    before = kubectl.secret
    with pytest.raises(TwoValues, match=r"pods have two values of it \(a, b\).*Nothing was changed"):
        begun(kubectl)
    assert kubectl.secret == before


@pytest.mark.parametrize("password", ["p1", "p2"])
def test_a_change_that_is_ended_or_taken_back_asks_for_no_pods(password: str) -> None:
    kubectl = Kubectl(pod("a", FIRST), pod("b", SECOND))
    assert begun(kubectl, password).values[PROD]["DATABASE_PASSWORD"] == "p1"


def test_a_change_of_an_earlier_release_is_taken_as_before() -> None:
    noted = ValuesInUse(NOTED.snapshots, NOTED.values, "root", unfinished=True, recorded=True)
    assert begun(Kubectl(pod("a", FIRST), pod("b", SECOND), noted=noted)).values[PROD]["DATABASE_PASSWORD"] == "p1"


def test_root_s_password_is_known_as_soon_as_the_server_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that fails later ends no change, and the Secret may have a third one by the next: nobody got in."""
    kubectl, server = Kubectl(), ["root"]

    def change(former: str, password: str) -> None:
        assert former == server[-1]
        server.append(password)

    monkeypatch.setattr(operations, "root_of", lambda _: ValuesInUse.parse(kubectl.secret).root)
    monkeypatch.setattr(operations, "change_root_password", change)
    for password in ("second", "second", "third"):
        monkeypatch.setattr(secrets, "read", lambda *_, password=password: password)
        operations._change_root(kubectl, ValuesInUse.parse(kubectl.secret))  # type: ignore[arg-type]
    assert server == ["root", "second", "third"]
    assert ValuesInUse.parse(kubectl.secret).values == NOTED.values
