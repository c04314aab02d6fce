"""What people set with kubectl, the program does not declare, and the provider's write must not take away (pure).

Annotations and labels; and all of a claim's spec, by which it may have been bound to a volume by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.kinds import CLAIM, Object
from cadrart_infra.drift.field_managers import keys_set_by_kubectl

_PLACES = (
    ("metadata", "annotations"),
    ("metadata", "labels"),
    ("spec", "template", "metadata", "annotations"),  # `kubectl rollout restart`
)
_IGNORED = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})
"""kubectl's own record; of no use once the program writes the object."""


def manual_fields(declared: Object, live: Object) -> dict[str, Any]:
    """A manifest with only that; empty if there is none."""
    found: dict[str, Any] = {}
    if bound := _undeclared_spec(declared, live):
        found["spec"] = bound
    for place in _PLACES:
        ours, now = _at(declared, place), _at(live, place)
        theirs = {
            key: now[key]
            for key in keys_set_by_kubectl(live, *place)
            if key in now and key not in ours and key not in _IGNORED
        }
        if theirs:
            _put(found, place, theirs)
    if not found:
        return {}
    metadata = {**found.get("metadata", {}), **{key: live["metadata"][key] for key in ("name", "namespace")}}
    return {"apiVersion": declared["apiVersion"], "kind": declared["kind"], **found, "metadata": metadata}


def _undeclared_spec(declared: Object, live: Object) -> dict[str, Any]:
    """Of a claim, also what the provider counts as its own by now: the API server refuses to take any of it away."""
    is_claim = declared["kind"] == CLAIM.name
    return {key: value for key, value in live["spec"].items() if key not in declared["spec"]} if is_claim else {}


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
