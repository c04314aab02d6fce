"""What other clients than kubectl wrote of a Deployment, handed over to the provider, which takes it away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.drift.ownership import BY_HAND, Object, added_by_others


def hand_over(kubectl: Kubectl, name: str) -> None:
    """Has the API server record as kubectl's what others added to a Deployment; raises ClusterError.

    The provider takes over whatever kubectl wrote, and removes with the same write what is not declared. What such a
    client wrote besides, annotations and variables, stays its own. Nothing of the Deployment itself changes.
    """
    live = kubectl.find(DEPLOYMENT, name)
    record = handed_over({"kind": DEPLOYMENT.name, **live}) if live else []
    if live and record:
        version = live["metadata"]["resourceVersion"]
        kubectl.patch(DEPLOYMENT, name, {"metadata": {"resourceVersion": version, "managedFields": record}})


def handed_over(live: Object) -> list[Mapping[str, Any]]:
    """The API server's record with those fields under a name of kubectl's; empty where nothing is to be handed over."""
    added = {_key(entry): entry for entry in added_by_others(live)}
    record: list[Mapping[str, Any]] = []
    for entry in live["metadata"].get("managedFields", []):
        taken = added.get(_key(entry))
        left = _less(entry["fieldsV1"], taken["fieldsV1"]) if taken else entry["fieldsV1"]
        if left:
            record.append({**entry, "fieldsV1": left})
        if taken:
            record.append({**taken, "manager": f"{BY_HAND}-{entry['manager']}"})
    return record if added else []


def _key(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(key, "")) for key in ("manager", "operation", "subresource", "apiVersion", "time"))


def _less(tree: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """The tree without the places that were taken out of it whole."""
    left: dict[str, Any] = {}
    for key, below in tree.items():
        if key not in taken:
            left[key] = below
        elif kept := _less(below, taken[key]):
            left[key] = kept
    return left
