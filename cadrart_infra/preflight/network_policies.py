"""Foreign network policies that cut production's pods off from all clients (pure).

The node itself reaches every pod, so probes, the gate and an update's checks would not notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.model import Color, Environment

_KIND, _INGRESS = "NetworkPolicy", "Ingress"


def unreachable_pods(active: Color, objects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each Deployment of production whose pods are isolated by a policy that allows no ingress."""
    policies = [one for one in objects if one["kind"] == _KIND and _INGRESS in _types(one["spec"])]
    for workload in workloads.names():
        labels = naming.pod_labels(workload, active, Environment.PROD)
        mine = [one for one in policies if _selects(one["spec"].get("podSelector") or {}, labels)]
        if mine and not any(one["spec"].get("ingress") for one in mine):
            names = ", ".join(sorted(one["metadata"]["name"] for one in mine))
            yield (
                f"{naming.workload_name(workload, active)}: no client in the cluster reaches its pods, the ingress "
                f"controller neither, for the network policy {names} closes them and none opens them. Delete it, or "
                "let the ingress controller in with one of your own."
            )


def _types(spec: Mapping[str, Any]) -> Sequence[str]:
    return spec.get("policyTypes") or [_INGRESS]


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a selector matches these labels; one with expressions counts as no match."""
    if selector.get("matchExpressions"):
        return False
    return (selector.get("matchLabels") or {}).items() <= labels.items()
