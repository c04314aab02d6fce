"""What somebody added to what an object of the shop specifies, and the program does not declare (pure).

Annotations and labels are theirs. A field is not: a key more in a selector leaves a Service without pods, a paused
Deployment takes no release, a node that does not exist keeps a pod from starting. The provider takes away with its
next write what kubectl wrote, and what was handed over to it (see `handed_over`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cadrart_infra.drift.comparison import MISSING, Difference
from cadrart_infra.drift.ownership import Object, added_by_others, edited_by_hand, owned_by_provider

_SPECIFIED = ("f:spec", "f:data")
_SELECTORS = ("selector", "podSelector")
_THEIRS = "spec.template.metadata"
"""`kubectl rollout restart` writes there."""


def additions(declared: Object, live: Object) -> list[Difference]:
    """Fields that kubectl wrote after the provider wrote the object last, and that are not declared.

    In a Deployment and in a selector also what anybody else wrote: there are no new pods then, or it leads to none.
    """
    found = {
        one.path: one
        for entry in (*edited_by_hand(live), *added_by_others(live))
        for place in _SPECIFIED
        for one in _below("", place, entry["fieldsV1"].get(place, {}), (declared, live))
        if place in entry["fieldsV1"] and not one.path.startswith(_THEIRS)
    }
    owned = owned_by_provider(live)
    for key in _SELECTORS:
        if owned and owned.key("spec").key(key).fields is None:
            both = (_of(item.get("spec"), key) for item in (declared, live))
            found |= {one.path: one for one in _more(f"spec.{key}", *both)}
    return list(found.values())


def _below(path: str, place: str, tree: Mapping[str, Any], both: tuple[Any, Any]) -> Iterator[Difference]:
    """The additions at a place of the API server's tree, whose parent is declared and live as `both` says."""
    step, declared, live = _at(place, both)
    here = f"{path}{step}" if step.startswith("[") or not path else f"{path}.{step}"
    if live is MISSING or live in (None, "", 0, False) or live in ([], {}):
        return
    if declared is MISSING:
        yield Difference(here, MISSING, live)
    if not isinstance(declared, (Mapping, list)):
        return  # a value, or one that a preview does not know yet
    if not tree:
        yield from _more(here, declared, live)
    for below, branch in tree.items():
        if below.startswith(("f:", "k:")):
            yield from _below(here, below, branch, (declared, live))


def _more(path: str, declared: Any, live: Any) -> Iterator[Difference]:
    """What a place has more than is declared, which the API server takes for one value: a selector, a rule."""
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key, value in live.items():
            if key not in declared:
                yield Difference(f"{path}.{key}", MISSING, value)
            else:
                yield from _more(f"{path}.{key}", declared[key], value)
    elif isinstance(declared, list) and isinstance(live, list):
        for index, (one, other) in enumerate(zip(declared, live, strict=False)):
            yield from _more(f"{path}[{index}]", one, other)


def _at(place: str, both: tuple[Any, Any]) -> tuple[str, Any, Any]:
    """How a path goes on at a place, and what is there in each of the two."""
    declared, live = both
    if place.startswith("f:"):
        key = place[2:]
        return key, _of(declared, key), _of(live, key)
    keys = json.loads(place[2:])
    return f"[{next(iter(keys.values()))}]", _item(declared, keys), _item(live, keys)


def _of(parent: Any, key: str) -> Any:
    return parent.get(key, MISSING) if isinstance(parent, Mapping) else MISSING


def _item(parent: Any, keys: Mapping[str, Any]) -> Any:
    """The item of a list with these keys; what a declared one leaves to the API server (a port's protocol) fits."""
    items = parent if isinstance(parent, list) else []
    fits = (one for one in items if all(one.get(key, value) == value for key, value in keys.items()))
    return next(fits, MISSING)
