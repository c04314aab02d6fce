"""Undeclared fields that somebody added to the spec or data of a live object (pure).

Annotations and labels may be added, fields may not: another key in a selector leaves a Service without pods, a paused
Deployment takes no release, a node that does not exist keeps a pod from starting. The provider's next write removes
what kubectl wrote, and what was handed over to it (see `field_handover`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cadrart_infra.cluster.kinds import Object
from cadrart_infra.drift.comparison import MISSING, Difference
from cadrart_infra.drift.field_managers import kubectl_entries, other_clients_entries, provider_fields

_SPECIFIED = ("f:spec", "f:data")
_SELECTORS = ("selector", "podSelector")
_POD_METADATA = "spec.template.metadata"
"""`kubectl rollout restart` writes there."""


def undeclared_fields(declared: Object, live: Object) -> list[Difference]:
    """Undeclared fields that kubectl wrote after the provider's last write.

    In a Deployment and in a selector those of every other client too: they can keep pods or requests away.
    """
    found = {
        one.path: one
        for entry in (*kubectl_entries(live), *other_clients_entries(live))
        for place in _SPECIFIED
        for one in _below("", place, entry["fieldsV1"].get(place, {}), (declared, live))
        if place in entry["fieldsV1"] and not one.path.startswith(_POD_METADATA)
    }
    owned = provider_fields(live)
    for key in _SELECTORS:
        if owned and owned.key("spec").key(key).fields is None:
            both = (_of(item.get("spec"), key) for item in (declared, live))
            found |= {one.path: one for one in _extra_keys(f"spec.{key}", *both)}
    return list(found.values())


def _below(path: str, place: str, tree: Mapping[str, Any], both: tuple[Any, Any]) -> Iterator[Difference]:
    """The undeclared fields below a place of the managedFields tree; `both`: the parent as declared and live."""
    step, declared, live = _at(place, both)
    here = f"{path}{step}" if step.startswith("[") or not path else f"{path}.{step}"
    if live is MISSING or live in (None, "", 0, False) or live in ([], {}):
        return
    if declared is MISSING:
        yield Difference(here, MISSING, live)
    if not isinstance(declared, (Mapping, list)):
        return  # a value, or one that a preview does not know yet
    if not tree:
        yield from _extra_keys(here, declared, live)
    for below, branch in tree.items():
        if below.startswith(("f:", "k:")):
            yield from _below(here, below, branch, (declared, live))


def _extra_keys(path: str, declared: Any, live: Any) -> Iterator[Difference]:
    """Live keys that are not declared, within an atomic value such as a selector."""
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key, value in live.items():
            if key not in declared:
                yield Difference(f"{path}.{key}", MISSING, value)
            else:
                yield from _extra_keys(f"{path}.{key}", declared[key], value)
    elif isinstance(declared, list) and isinstance(live, list):
        for index, (one, other) in enumerate(zip(declared, live, strict=False)):
            yield from _extra_keys(f"{path}[{index}]", one, other)


def _at(place: str, both: tuple[Any, Any]) -> tuple[str, Any, Any]:
    """The next step of the path, and the declared and the live value there."""
    declared, live = both
    if place.startswith("f:"):
        key = place[2:]
        return key, _of(declared, key), _of(live, key)
    keys = json.loads(place[2:])
    return f"[{next(iter(keys.values()))}]", _item(declared, keys), _item(live, keys)


def _of(parent: Any, key: str) -> Any:
    return parent.get(key, MISSING) if isinstance(parent, Mapping) else MISSING


def _item(parent: Any, keys: Mapping[str, Any]) -> Any:
    """The list item with these keys; a key that the declaration leaves to the API server's default matches."""
    items = parent if isinstance(parent, list) else []
    fits = (one for one in items if all(one.get(key, value) == value for key, value in keys.items()))
    return next(fits, MISSING)
