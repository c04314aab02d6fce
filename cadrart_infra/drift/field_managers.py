"""Field managers: who wrote which field of a live object, by its `metadata.managedFields` (pure)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cadrart_infra.cluster.kinds import SERVICE, Object

PROVIDER = "pulumi-kubernetes"
"""Prefix of the provider's field managers; each resource has a suffix of its own."""
OTHER_PROGRAM = "another Pulumi program"
"""In the place of that prefix where another stack's provider wrote, e.g. by a patch resource."""
BY_HAND = "kubectl"
"""Prefix of kubectl's field managers, whatever the command."""


@dataclass(frozen=True)
class OwnedFields:
    """The fields below one place of an object that the provider owns.

    A field that somebody else changes or removes is no longer the provider's.
    """

    fields: Mapping[str, Any] | None
    """The managedFields tree of this place; None if the provider owns nothing there."""

    @property
    def all(self) -> bool:
        """Whether the provider owns everything below, since the API server treats it as atomic."""
        return self.fields is not None and not self.fields

    @property
    def any(self) -> bool:
        """Whether the provider owns something here."""
        return self.fields is not None

    def key(self, name: str) -> OwnedFields:
        """The place of a key of a mapping."""
        return self if self.all else self._below(f"f:{name}")

    def item(self, live: Any) -> OwnedFields:
        """The place of an item of a list, which the API server knows by some of its keys."""
        if self.all or self.fields is None:
            return self
        for place in self.fields:
            if place.startswith("k:") and isinstance(live, Mapping):
                keys = json.loads(place[2:])
                if all(live.get(key) == value for key, value in keys.items()):
                    return self._below(place)
        return OwnedFields(None)

    def _below(self, place: str) -> OwnedFields:
        return OwnedFields(None if self.fields is None else self.fields.get(place))


def provider_manager(live: Object) -> str:
    """The provider's field manager of an object, one with a suffix before others; empty if it never wrote it.

    The one that wrote last: where the state's record of an object was lost, the next one has another suffix.
    """
    written = _providers_entries(live)
    newest = max(written, key=lambda one: (_has_suffix(one), one.get("time", "")), default=None)
    return str(newest["manager"]) if newest else ""


def with_other_programs(live: Object, manager: str) -> Object:
    """The object, where what another Pulumi program wrote does not pass for a write of this one's provider.

    `manager`: the provider's field manager of this object by the stack's state; empty if it is unknown. A provider that
    does not apply on the server's side, or a client that took its name, writes under the prefix alone.
    """
    entries = entries_of(live)
    others = [entry["manager"].startswith(PROVIDER) and entry["manager"] != manager for entry in entries]
    if not manager or not any(others):
        return live
    marked = [
        {**entry, "manager": OTHER_PROGRAM} if other else entry for entry, other in zip(entries, others, strict=True)
    ]
    if not any(entry["manager"].startswith(PROVIDER) for entry in marked):  # it has taken every field over
        marked.append({"manager": manager, "fieldsV1": {"f:apiVersion": {}}})
    return {**live, "metadata": {**live["metadata"], "managedFields": marked}}


def provider_fields(live: Object) -> OwnedFields | None:
    """The fields of a live object that the provider owns; None if it never wrote it."""
    trees = [entry["fieldsV1"] for entry in _providers_entries(live)]
    if not trees:
        return None
    merged: dict[str, Any] = {}
    for tree in trees:
        _merge(merged, tree)
    return OwnedFields(merged)


PROGRAM = "cadrart-infra"
"""Prefix of the field managers of what the program applies itself, beside the engine."""
_NAMELESS = "a client without a name"
KEEPER = f"{PROGRAM}-kept"
"""The field manager with which the program keeps annotations and labels that kubectl wrote."""


def with_other_programs_of_its_record(live: Object) -> Object:
    """As `with_other_programs`, where no state says the provider's field manager: by the only one with a suffix."""
    names = {str(entry["manager"]) for entry in _providers_entries(live) if _has_suffix(entry)}
    return with_other_programs(live, names.pop()) if len(names) == 1 else live


def other_managers(live: Object) -> list[str]:
    """The field managers of an object besides this program's and those of its status."""
    names = {
        str(entry["manager"])
        for entry in entries_of(live)
        if not entry["manager"].startswith((PROVIDER, KEEPER)) and entry.get("subresource", "") != "status"
    }
    return sorted(names)


def kubectl_managers(live: Object) -> list[str]:
    """kubectl's field managers that changed the spec or data after the provider's last write.

    `kubectl rollout restart` is none of them: it only sets an annotation.
    """
    return sorted({str(entry["manager"]) for entry in kubectl_entries(live) if _specifies(entry)})


def is_changed_by_another_program(live: Object) -> bool:
    """Whether another Pulumi program has written spec or data (see `with_other_programs`)."""
    return any(entry["manager"] == OTHER_PROGRAM and _specifies(entry) for entry in entries_of(live))


def kubectl_entries(live: Object) -> list[Mapping[str, Any]]:
    """kubectl's managedFields entries since the provider's last write.

    Times are in seconds. An entry of the same second came after: the provider takes over what was there before.
    """
    last = max((entry.get("time", "") for entry in _providers_entries(live)), default="")
    entries = [entry for entry in entries_of(live) if entry["manager"].startswith(BY_HAND)]
    return [entry for entry in entries if last and entry.get("time", "") >= last]


_TOLERATED = {
    "Deployment": ("f:env", "f:metadata"),
    "Service": ("f:protocol", "f:clusterIP", "f:clusterIPs", "f:ipFamilies", "f:ipFamilyPolicy"),
}
"""What others may add: variables of a container, labels and annotations of pods; of a Service what it was given by the
API server, as whoever restores one from a copy writes it."""
_SERVICE_DEFAULTS = {"sessionAffinity": "None", "internalTrafficPolicy": "Cluster"}
"""What a client that makes a Service owns without having written it."""


def other_clients_entries(live: Object) -> list[Mapping[str, Any]]:
    """Entries of other clients than the provider and kubectl for a Deployment's or a Service's spec.

    People use other clients, and what these leave (a pause, a node selector, an address more) can keep every new pod
    from starting, or lead requests elsewhere. Left to controllers are other kinds (cert-manager writes an Ingress's
    rules), the number of pods, and variables, by which pods are restarted for another Secret. What a webhook wrote
    counts as its caller's.
    """
    return [part for entry in entries_of(live) if (part := other_clients_part(live, entry))]


def other_clients_part(live: Object, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Of an entry of this object, what counts for `other_clients_entries`; None where nothing does."""
    tolerated = _TOLERATED.get(live["kind"])
    if tolerated is None or not _is_other_client(entry):
        return None
    tree: Mapping[str, Any] = entry["fieldsV1"].get("f:spec", {})
    if live["kind"] == SERVICE.name:  # whoever made it before the provider took it over owns what both want
        defaults: dict[str, Any] = {
            f"f:{key}": {} for key, value in _SERVICE_DEFAULTS.items() if live["spec"].get(key) == value
        }
        tree = without_fields(tree, {**_provider_spec(live), **defaults})
    spec = _without_tolerated(tree, tolerated)
    return {**entry, "fieldsV1": {"f:spec": spec}} if spec.keys() - {"f:replicas"} else None


def without_fields(tree: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """The tree without the branches in `taken`."""
    left: dict[str, Any] = {}
    for key, below in tree.items():
        if key not in taken:
            left[key] = below
        elif kept := without_fields(below, taken[key]):
            left[key] = kept
    return left


def _provider_spec(live: Object) -> Mapping[str, Any]:
    owned = provider_fields(live)
    return (owned.key("spec").fields if owned else None) or {}


def _is_other_client(entry: Mapping[str, Any]) -> bool:
    ours = entry["manager"].startswith((PROVIDER, PROGRAM, BY_HAND))
    return not ours and not entry.get("subresource")


def _without_tolerated(tree: Mapping[str, Any], tolerated: Collection[str]) -> dict[str, Any]:
    """The tree without what others may add, and without branches that are empty then."""
    left = {}
    for key, below in tree.items():
        kept = _without_tolerated(below, tolerated)
        if key not in tolerated and (kept or not below):
            left[key] = kept
    return {} if left.keys() == {_ITSELF} else left


_ITSELF = "."
"""In the place of a list or a mapping in managedFields: that it is there at all."""


def _specifies(entry: Mapping[str, Any]) -> bool:
    spec = entry["fieldsV1"].get("f:spec", {})
    beyond = set(spec) - {"f:template"} | set(spec.get("f:template", {})) - {"f:metadata"}
    return bool(beyond or entry["fieldsV1"].get("f:data"))


def scaled_by_controller(live: Object) -> bool:
    """Whether a controller, such as a HorizontalPodAutoscaler, sets the number of pods.

    Never for a Deployment with the strategy Recreate: it has one pod, since a second one would want the same volume.
    """
    return bool(scaling_managers(live)) and live["spec"].get("strategy", {}).get("type") != "Recreate"


def scaling_managers(live: Object) -> list[str]:
    """The field managers that set the number of pods last, even if that controller is gone."""
    return [
        str(entry["manager"])
        for entry in entries_of(live)
        if entry.get("subresource") == "scale"
        and not entry["manager"].startswith(BY_HAND)
        and "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    ]


def keys_set_by_kubectl(live: Object, *path: str) -> Iterator[str]:
    """Keys of the mapping at a path (e.g. metadata, annotations) that kubectl set.

    The provider's next write takes them over, and removes those that are not declared.
    """
    for entry in entries_of(live):
        if entry["manager"].startswith(BY_HAND):
            tree: Mapping[str, Any] = entry["fieldsV1"]
            for key in path:
                tree = tree.get(f"f:{key}", {})
            yield from (place[2:] for place in tree if place.startswith("f:"))


def entries_of(live: Object) -> Sequence[Mapping[str, Any]]:
    """The record of who wrote which field, an entry for each manager and way of writing."""
    entries: Sequence[Mapping[str, Any]] = live["metadata"].get("managedFields") or []
    # The API server names a manager by the client's User-Agent, and leaves it out where a client sends none.
    return [entry if entry.get("manager") else {**entry, "manager": _NAMELESS} for entry in entries]


def _providers_entries(live: Object) -> list[Mapping[str, Any]]:
    return [entry for entry in entries_of(live) if entry["manager"].startswith(PROVIDER)]


def _has_suffix(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a provider's is that of one resource."""
    return bool(entry["manager"] != PROVIDER)


def _merge(into: dict[str, Any], tree: Mapping[str, Any]) -> None:
    for key, below in tree.items():
        _merge(into.setdefault(key, {}), below)
