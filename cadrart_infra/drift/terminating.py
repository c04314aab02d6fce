"""Objects of the shop that are terminating: deleted by somebody, and held by a finalizer (pure).

A deletion cannot be undone, and a terminating object cannot be created again. So it is reported before an update and
fails the end of one.
"""

from __future__ import annotations

from collections.abc import Iterator

from cadrart_infra.cluster.kinds import COMPARED, Object, Objects, key_of
from cadrart_infra.drift.field_managers import provider_fields

_COMPARED = frozenset(kind.name for kind in COMPARED)
_WAITS_FOR_PODS = "foregroundDeletion"


def terminating_objects(objects: Objects) -> Iterator[str]:
    """A line for each terminating object that the stack has made; claims are reported elsewhere."""
    for item in objects:
        if problem := terminating_problem(item):
            yield f"{key_of(item)} {problem}"


def terminating_problem(item: Object) -> str:
    """Since when an object that the stack has made is deleted, what holds it, and what to do; empty if it is not.

    Claims are reported elsewhere.
    """
    metadata, kind = item["metadata"], item["kind"]
    if kind not in _COMPARED or "deletionTimestamp" not in metadata or provider_fields(item) is None:
        return ""
    name, holding = metadata["name"], metadata.get("finalizers", [])
    on, named = f"kubectl -n {metadata['namespace']}", f"{kind.lower()} {name}"
    until = (
        f"Wait until it is gone ({on} get {named})"
        if not holding or _WAITS_FOR_PODS in holding
        else f"""Let it go: {on} patch {named} --type=merge --patch '{{"metadata": {{"finalizers": null}}}}'"""
    )
    held = f"; its finalizers hold it: {', '.join(holding)}" if holding else ""
    return (
        f"is being deleted since {metadata['deletionTimestamp']}, and nobody can take that back{held}. "
        f"No update can make it again before it is gone. {until}, and run pulumi up at once: it makes it again."
    )
