"""Network policies of others that close production's pods."""

from typing import Any

import pytest

from cadrart_infra.model import Color
from cadrart_infra.preflight.network_policies import closing_policies, unreachable_pods

OPEN: dict[str, Any] = {"ingress": [{"from": [{"namespaceSelector": {}}]}]}


def policy(name: str = "deny", **spec: Any) -> dict[str, Any]:
    return {"kind": "NetworkPolicy", "metadata": {"name": name}, "spec": {"podSelector": {}, **spec}}


def of(labels: dict[str, str]) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels}}


BACKEND = of({"io.kompose.service": "backend-blue"})


@pytest.mark.parametrize(
    ("policies", "closed"),
    [
        ([policy()], ["frontend-blue", "backend-blue"]),
        ([policy(policyTypes=["Ingress", "Egress"], ingress=[])], ["frontend-blue", "backend-blue", "backend-blue"]),
        ([policy(), policy("allow", **BACKEND, **OPEN)], ["frontend-blue"]),
        ([policy(**BACKEND)], ["backend-blue"]),
        ([policy(policyTypes=["Egress"])], ["backend-blue"]),
        ([policy(policyTypes=["Egress"]), policy("out", policyTypes=["Egress"], egress=[{}])], []),
        ([policy(policyTypes=["Ingress", "Egress"], **OPEN)], ["backend-blue"]),
        ([policy(**OPEN)], []),
        ([policy(ingress=[{"ports": [{"port": 3306, "protocol": "TCP"}]}])], ["frontend-blue", "backend-blue"]),
        ([policy(ingress=[{"ports": [{"port": 3000}]}])], ["frontend-blue"]),
        ([policy(ingress=[{"ports": [{"port": "ws"}]}])], ["frontend-blue"]),
        ([policy(ingress=[{"ports": [{"port": 8000, "endPort": 8100}]}])], []),
        ([policy(ingress=[{"ports": [{"protocol": "TCP"}]}])], []),
        ([policy(**of({"color": "green"}))], []),
        ([policy(**of({"io.kompose.service": "db"}))], []),
        ([policy(podSelector={"matchExpressions": [{"key": "x", "operator": "Exists"}]})], []),
        ([{"kind": "Service", "metadata": {"name": "x"}, "spec": {}}], []),
    ],
)
def test_whose_pods_nobody_reaches(policies: list[dict[str, Any]], closed: list[str]) -> None:
    lines = list(unreachable_pods(Color.BLUE, policies))
    assert [line.partition(":")[0] for line in lines] == closed
    assert all("the network policy deny closes the" in line for line in lines)


def test_it_is_said_which_way_is_closed() -> None:
    both = [policy(policyTypes=["Ingress", "Egress"])]
    *_, way_in, way_out = unreachable_pods(Color.BLUE, both)
    assert way_in.startswith("backend-blue: no client in the cluster reaches its pods")
    assert way_out.startswith("backend-blue: its pods reach neither the database nor the cluster's DNS")
    *_, (name, closed_in), (_, closed_out) = closing_policies(Color.BLUE, both)
    assert name == "deny"
    assert closed_in.startswith("closes backend-blue's pods to every client")
    assert closed_out.startswith("closes backend-blue's pods on their way to the database")
