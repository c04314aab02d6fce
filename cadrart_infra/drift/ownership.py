"""Whose a field of a live object is, as the API server's own record (`metadata.managedFields`) says it (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]

PROVIDER = "pulumi-kubernetes"
"""How the names begin under which the engine's provider writes; each resource has a suffix of its own."""
BY_HAND = "kubectl"
"""How the names begin under which kubectl writes, by whatever command."""


@dataclass(frozen=True)
class Owned:
    """The fields below one place of an object that the provider wrote and nobody has written since.

    A field that somebody else gives another value, or takes away, is not the provider's any more.
    """

    fields: Mapping[str, Any] | None
    """The API server's tree for this place; None where the provider owns nothing of it."""

    @property
    def all(self) -> bool:
        """Whether everything below belongs to the provider: the API server takes the place for one value."""
        return self.fields is not None and not self.fields

    def key(self, name: str) -> Owned:
        """The place of a key of a mapping."""
        return self if self.all else self._below(f"f:{name}")

    def item(self, live: Any) -> Owned:
        """The place of an item of a list, which the API server knows by some of its keys."""
        if self.all or self.fields is None:
            return self
        for place in self.fields:
            if place.startswith("k:") and isinstance(live, Mapping):
                keys = json.loads(place[2:])
                if all(live.get(key) == value for key, value in keys.items()):
                    return self._below(place)
        return Owned(None)

    def _below(self, place: str) -> Owned:
        return Owned(None if self.fields is None else self.fields.get(place))


def provider_name(live: Object) -> str:
    """The name under which the provider wrote an object; empty where it never did."""
    names = (str(entry["manager"]) for entry in _entries(live))
    return next((name for name in names if name.startswith(PROVIDER)), "")


def owned_by_provider(live: Object) -> Owned | None:
    """What of a live object the provider owns; None where it never wrote it."""
    trees = [entry["fieldsV1"] for entry in _entries(live) if entry["manager"].startswith(PROVIDER)]
    if not trees:
        return None
    merged: dict[str, Any] = {}
    for tree in trees:
        _merge(merged, tree)
    return Owned(merged)


KEEPER = "cadrart-infra-kept"
"""Under which name the program keeps fields of others when the provider takes over what kubectl wrote."""


def writers(live: Object) -> list[str]:
    """Who wrote to an object besides this program and those who report its status."""
    names = {
        str(entry["manager"])
        for entry in _entries(live)
        if not entry["manager"].startswith((PROVIDER, KEEPER)) and entry.get("subresource", "") != "status"
    }
    return sorted(names)


def edits_by_hand(live: Object) -> list[str]:
    """Under which names kubectl wrote what the object specifies, after the provider wrote it last.

    `kubectl rollout restart` is none: it leaves an annotation.
    """
    return sorted({str(entry["manager"]) for entry in edited_by_hand(live) if _specifies(entry)})


def edited_by_hand(live: Object) -> list[Mapping[str, Any]]:
    """The API server's record of what kubectl wrote after the provider wrote the object last.

    It tells seconds. What is left of the same one came after: the provider takes over what kubectl wrote before.
    """
    last = max((entry.get("time", "") for entry in _entries(live) if entry["manager"].startswith(PROVIDER)), default="")
    entries = [entry for entry in _entries(live) if entry["manager"].startswith(BY_HAND)]
    return [entry for entry in entries if last and entry.get("time", "") >= last]


_THEIRS = ("f:env", "f:metadata")
"""What others may put beside what is declared: variables of a container, labels and annotations of pods."""


def added_by_others(live: Object) -> list[Mapping[str, Any]]:
    """The API server's record of what others than the provider and kubectl wrote of what a Deployment specifies.

    People have other clients than kubectl, and what they leave there (a pause, a node's label) can keep every further
    pod from starting. Of other kinds it is the business of controllers: cert-manager writes rules of an Ingress. So are
    the number of pods, through a subresource, and variables, by which controllers restart pods for another Secret.
    What a webhook wrote counts as written by whoever it answered.
    """
    if live["kind"] != "Deployment":
        return []
    entries = [
        {**entry, "fieldsV1": {"f:spec": spec}}
        for entry in _entries(live)
        if _is_of_others(entry) and (spec := _without_theirs(entry["fieldsV1"].get("f:spec", {})))
    ]
    return [entry for entry in entries if entry["fieldsV1"]["f:spec"].keys() - {"f:replicas"}]


def _is_of_others(entry: Mapping[str, Any]) -> bool:
    ours = entry["manager"].startswith((PROVIDER, KEEPER, BY_HAND))
    return not ours and entry.get("operation", "Update") == "Update" and not entry.get("subresource")


def _without_theirs(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The tree without what is left to others, and without places of which nothing else is left."""
    left = {}
    for key, below in tree.items():
        kept = _without_theirs(below)
        if key not in _THEIRS and (kept or not below):
            left[key] = kept
    return left


def _specifies(entry: Mapping[str, Any]) -> bool:
    spec = entry["fieldsV1"].get("f:spec", {})
    beyond = set(spec) - {"f:template"} | set(spec.get("f:template", {})) - {"f:metadata"}
    return bool(beyond or entry["fieldsV1"].get("f:data"))


def scaled_by_controller(live: Object) -> bool:
    """Whether a controller, such as a HorizontalPodAutoscaler's, decides how many pods there are.

    Never of a Deployment whose pods give way to each other: there is to be one, for a second one would want its volume.
    """
    return bool(scaled_by(live)) and live["spec"].get("strategy", {}).get("type") != "Recreate"


def scaled_by(live: Object) -> list[str]:
    """The controllers that decided last how many pods there are; one that is gone too."""
    return [
        str(entry["manager"])
        for entry in _entries(live)
        if entry.get("subresource") == "scale"
        and not entry["manager"].startswith(BY_HAND)
        and "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    ]


def written_by_hand(live: Object, *path: str) -> Iterator[str]:
    """Keys of the mapping at a path (e.g. metadata, annotations) that somebody set with kubectl.

    The provider takes over whatever kubectl wrote and, with its next write, removes what it does not declare.
    """
    for entry in _entries(live):
        if entry["manager"].startswith(BY_HAND):
            tree: Mapping[str, Any] = entry["fieldsV1"]
            for key in path:
                tree = tree.get(f"f:{key}", {})
            yield from (place[2:] for place in tree if place.startswith("f:"))


def _entries(live: Object) -> Sequence[Mapping[str, Any]]:
    entries: Sequence[Mapping[str, Any]] = live["metadata"].get("managedFields", [])
    return entries


def _merge(into: dict[str, Any], tree: Mapping[str, Any]) -> None:
    for key, below in tree.items():
        _merge(into.setdefault(key, {}), below)
