"""Network policies of others that let nobody reach pods of production (pure).

The node itself reaches every pod, so that probes, the gate and the checks of an update notice nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.model import Color, Environment

_KIND, _INGRESS = "NetworkPolicy", "Ingress"


def closed_pods(active: Color, objects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each Deployment of production whose pods no policy lets anybody reach, though one closes them."""
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
    """Whether it selects pods of these labels; one with expressions is taken for a policy of other pods."""
    if selector.get("matchExpressions"):
        return False
    return (selector.get("matchLabels") or {}).items() <= labels.items()
