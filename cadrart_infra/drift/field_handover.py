"""Hands fields of an object that other clients wrote over to the provider, whose next write removes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.kinds import Kind, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.drift.field_managers import (
    BY_HAND,
    entries_of,
    other_clients_part,
    with_other_programs,
    without_fields,
)


def hand_over_fields(kubectl: Kubectl, kind: Kind, name: str, manager: str) -> None:
    """Rewrites `managedFields` so that others' fields of an object count as kubectl's; raises ClusterError.

    The provider takes over what kubectl wrote and removes what is not declared. Annotations and variables stay with
    the client that wrote them. The object itself does not change. `manager`: see `with_other_programs`.
    """
    live = kubectl.find(kind, name)
    record = handed_over_fields(live, manager) if live else []
    if live and record:
        version = live["metadata"]["resourceVersion"]
        kubectl.patch(kind, name, {"metadata": {"resourceVersion": version, "managedFields": record}})


def handed_over_fields(live: Object, manager: str) -> list[Mapping[str, Any]]:
    """The new `managedFields`; empty if there is nothing to hand over."""
    marked = with_other_programs(live, manager)
    parts = [other_clients_part(marked, entry) for entry in entries_of(marked)]
    if not any(parts):
        return []
    record: list[Mapping[str, Any]] = []
    for entry, taken in zip(entries_of(live), parts, strict=False):  # a last part may be of an entry that is made up
        left = without_fields(entry["fieldsV1"], taken["fieldsV1"]) if taken else entry["fieldsV1"]
        if left:
            record.append({**entry, "fieldsV1": left})
        if taken:
            record.append({**taken, "manager": f"{BY_HAND}-{entry['manager']}"})
    return record
