"""Objects of the shop that somebody gave an owner: the cluster deletes them when that one goes (pure).

The program gives none of its objects an owner. With one that does not exist, an object is gone within seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra.cluster.kinds import DECLARED, SECRET, key_of
from cadrart_infra.drift.ownership import Object, owned_by_provider

_DECLARED = frozenset(kind.name for kind in DECLARED)


def owned_objects(objects: Sequence[Object], secrets: Sequence[Object]) -> Iterator[str]:
    """A line for each object that the stack has made, and for each of the shop's Secrets, that has an owner."""
    ours = [item for item in objects if item["kind"] in _DECLARED and owned_by_provider(item) is not None]
    for item in (*ours, *secrets):
        if problem := owner_problem(item):
            yield f"{key_of(item)} {problem}"


def owner_problem(item: Object) -> str:
    """What comes of the owners that an object has, with the command that takes them away; empty where it has none.

    A Secret that a controller makes (from an ExternalSecret or a SealedSecret) is that one's by right.
    """
    metadata = item["metadata"]
    owners = [one for one in metadata.get("ownerReferences") or [] if not _makes(item, one)]
    if not owners:
        return ""
    names = " and ".join(f"{one['kind'].lower()}/{one['name']}" for one in owners)
    rest = [one for one in metadata["ownerReferences"] if one not in owners] or None
    patch = json.dumps({"metadata": {"ownerReferences": rest}})
    return (
        f"was given the owner {names} (its ownerReferences): the cluster deletes it when that is gone. Take that away: "
        f"kubectl -n {metadata['namespace']} patch {item['kind'].lower()} {metadata['name']} --type=merge "
        f"--patch '{patch}'"
    )


def _makes(item: Object, owner: Mapping[str, Any]) -> bool:
    return item["kind"] == SECRET.name and bool(owner.get("controller"))
