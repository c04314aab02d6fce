"""Foreign network policies that cut production's pods off from all clients, or from all that they ask (pure).

The node itself reaches every pod, so probes, the gate and an update's checks would not notice. Connections that a pod
has already, to the database too, outlive a policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.model import Color, Environment

_KIND, _IN, _OUT = "NetworkPolicy", "Ingress", "Egress"


def unreachable_pods(active: Color, objects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each Deployment of production and direction, ingress or egress, that policies deny altogether."""
    for spec in workloads.SHOP:
        name, labels = naming.workload_name(spec.name, active), naming.pod_labels(spec.name, active, Environment.PROD)
        if policies := _closing(_IN, labels, objects):
            yield (
                f"{name}: no client in the cluster reaches its pods, the ingress "
                f"controller neither, for the network policy {policies} closes them and none opens them. Delete it, or "
                "let the ingress controller in with one of your own."
            )
        if spec.uses_database and (policies := _closing(_OUT, labels, objects)):
            yield (
                f"{name}: its pods reach neither the database nor the cluster's DNS with a new connection, for the "
                f"network policy {policies} closes their way out and none opens it. Delete it, or let them out to "
                "both with one of your own."
            )


def _closing(direction: str, labels: Mapping[str, str], objects: Sequence[Mapping[str, Any]]) -> str:
    """The names of the policies for pods of these labels, where none of them has a rule for this direction."""
    policies = [one for one in objects if one["kind"] == _KIND and direction in _types(one["spec"])]
    mine = [one for one in policies if _selects(one["spec"].get("podSelector") or {}, labels)]
    is_open = any(one["spec"].get(direction.lower()) for one in mine)
    return "" if is_open else ", ".join(sorted(one["metadata"]["name"] for one in mine))


def _types(spec: Mapping[str, Any]) -> Sequence[str]:
    return spec.get("policyTypes") or [_IN]


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a selector matches these labels; one with expressions counts as no match."""
    if selector.get("matchExpressions"):
        return False
    return (selector.get("matchLabels") or {}).items() <= labels.items()
