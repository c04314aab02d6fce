"""Objects of the shop with foreign ownerReferences: the cluster deletes them together with the owner (pure).

The program sets none. An object whose owner does not exist is deleted within seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra.cluster.kinds import DECLARED, SECRET, Object, key_of
from cadrart_infra.drift.field_managers import provider_fields

_DECLARED = frozenset(kind.name for kind in DECLARED)


def owned_objects(objects: Sequence[Object], secrets: Sequence[Object]) -> Iterator[str]:
    """A line for each object of the stack and each of the shop's Secrets that has a foreign owner."""
    ours = [item for item in objects if item["kind"] in _DECLARED and provider_fields(item) is not None]
    for item in (*ours, *secrets):
        if problem := owner_problem(item):
            yield f"{key_of(item)} {problem}"


def owner_problem(item: Object) -> str:
    """What an object's owners will cause, and the command that removes them; empty if it has none.

    A Secret may be owned by the controller that makes it, e.g. from an ExternalSecret.
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
