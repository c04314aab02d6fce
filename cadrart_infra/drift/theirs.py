"""What people put on an object of the shop with kubectl, and the program does not declare (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.drift.ownership import Object, written_by_hand

_PLACES = (
    ("metadata", "annotations"),
    ("metadata", "labels"),
    ("spec", "template", "metadata", "annotations"),  # `kubectl rollout restart`
)
_NOBODYS = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})
"""What kubectl keeps for itself: it is of no use once the program writes the object."""


def set_by_hand(declared: Object, live: Object) -> dict[str, Any]:
    """The object with only those annotations and labels; empty where there are none."""
    found: dict[str, Any] = {}
    for place in _PLACES:
        ours, now = _at(declared, place), _at(live, place)
        theirs = {
            key: now[key]
            for key in written_by_hand(live, *place)
            if key in now and key not in ours and key not in _NOBODYS
        }
        if theirs:
            _put(found, place, theirs)
    if not found:
        return {}
    metadata = {**found.get("metadata", {}), **{key: live["metadata"][key] for key in ("name", "namespace")}}
    return {"apiVersion": declared["apiVersion"], "kind": declared["kind"], **found, "metadata": metadata}


def _at(item: Object, place: tuple[str, ...]) -> Mapping[str, Any]:
    below: Any = item
    for key in place:
        below = below.get(key) or {}
    found: Mapping[str, Any] = below
    return found


def _put(into: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    *above, last = place
    for key in above:
        into = into.setdefault(key, {})
    into[last] = value
