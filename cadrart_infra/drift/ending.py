"""Objects of the shop that somebody deleted and that are still there, because something holds them (pure).

Nobody can take a deletion back, and what is still there cannot be made again. So it is told before an update and fails
its end: when the object goes, what it did for the shop goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra.cluster.kinds import COMPARED
from cadrart_infra.drift.ownership import owned_by_provider

_COMPARED = frozenset(kind.name for kind in COMPARED)
_WAITS_FOR_PODS = "foregroundDeletion"


def ending_objects(objects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each object that the stack has made and that is being deleted; claims have lines of their own."""
    for item in objects:
        metadata = item["metadata"]
        if item["kind"] in _COMPARED and "deletionTimestamp" in metadata and owned_by_provider(item) is not None:
            yield _line(item["kind"].lower(), metadata)


def _line(kind: str, metadata: Mapping[str, Any]) -> str:
    name, holding = metadata["name"], metadata.get("finalizers", [])
    on = f"kubectl -n {metadata['namespace']}"
    until = (
        f"Wait until it is gone ({on} get {kind} {name})"
        if not holding or _WAITS_FOR_PODS in holding
        else f"""Let it go: {on} patch {kind} {name} --type=merge --patch '{{"metadata": {{"finalizers": null}}}}'"""
    )
    held = f"; its finalizers hold it: {', '.join(holding)}" if holding else ""
    return (
        f"{kind}/{name} is being deleted since {metadata['deletionTimestamp']}, and nobody can take that back{held}. "
        f"No update can make it again before it is gone. {until}, and run pulumi up at once: it makes it again."
    )
