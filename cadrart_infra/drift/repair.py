"""Repairs drift: has the engine write declared objects again that somebody edited or deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import CLAIM, DECLARED, DEPLOYMENT, Object, annotations_of, key_of, name_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.manifests import make_unless_there, plain
from cadrart_infra.cluster.waiting import until_answered
from cadrart_infra.drift.comparison import Difference, differences, shortened_lines, unrecorded_writes
from cadrart_infra.drift.declared_objects import DeclaredObjects
from cadrart_infra.drift.field_handover import hand_over_fields
from cadrart_infra.drift.field_managers import (
    KEEPER,
    kubectl_entries,
    other_clients_entries,
    other_managers,
    provider_fields,
    scaled_by_controller,
    scaling_managers,
    with_other_programs,
)
from cadrart_infra.drift.manual_fields import manual_fields
from cadrart_infra.drift.undeclared_fields import undeclared_fields
from cadrart_infra.hooks import before_a_write

_CLAIM = CLAIM.name
"""What is made again like the others where it is missing, with an empty volume: the preflight refuses where production
needs the data of the one before."""
_UNKNOWN = UNKNOWN
"""For a value that a preview does not know, a plan takes any, and the provider does not ask the API server."""
_WATCHED = {kind.name: kind for kind in DECLARED}


class Repair:
    """A transform of everything that the program declares, on behalf of what is in the cluster.

    The engine compares what is declared with its own record, finds no difference in an object that only the cluster has
    another way, and fails on one that is gone. So an edited object is declared with a new value of `naming.REPAIRED`,
    which makes the engine write all of it, through its hooks. One that is missing is declared so as well, and made just
    before the engine writes it.

    `objects`: those of the namespace, with their managed fields, as read before anything was declared. `recorded`:
    those of Pulumi's state, by kind and name. `installed`: that state has a shop in this namespace, be there nothing
    left of it.
    """

    def __init__(
        self,
        objects: Iterable[Object],
        kubectl: Kubectl,
        recorded: Mapping[tuple[str, str], Object] = MappingProxyType({}),
        *,
        installed: bool = False,
    ) -> None:
        self._kubectl, self._recorded = kubectl, recorded
        keys = {(item["kind"], item["metadata"]["name"]): item for item in objects if item["kind"] in _WATCHED}
        self._live = {key: with_other_programs(item, self._manager(*key)) for key, item in keys.items()}
        self.declared = DeclaredObjects(kubectl)
        self._installed = installed or any(provider_fields(item) for item in self._live.values())

    def __call__(self, args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        """The object with what makes the engine write it; None where it is as declared, or not ours to compare."""
        props: Any = args.props
        if props.get("kind") not in _WATCHED or "metadata" not in props:
            return None
        key = props["kind"], props["metadata"]["name"]
        self.declared.add(props)
        if not self._installed:
            return None
        live = self._live.get(key)
        if live is not None:
            return self._existing(args, props, live)
        return None if self._is_new_snapshot(props) else self._missing(args, props)

    @cached_property
    def _made_again(self) -> pulumi.ResourceHook:
        """Makes an object that is not there just before the engine writes it, which would fail.

        Whether it was gone when the update began, or somebody has deleted it since.
        """

        async def make(args: pulumi.ResourceHookArgs) -> None:
            await before_a_write(self._make_unless_there, args.new_inputs)

        return pulumi.ResourceHook("made-again", make)

    def _make_unless_there(self, declared: Any) -> None:
        manifest = plain(declared)
        key = manifest["kind"], name_of(manifest)
        if until_answered(lambda: self._kubectl.find(_WATCHED[key[0]], key[1])) is not None:
            return
        if key in self._live:
            pulumi.log.warn(f"{key_of(manifest)} was deleted while the update ran; it is made again")
        make_unless_there(self._kubectl, manifest)

    def _existing(
        self, args: pulumi.ResourceTransformArgs, props: Mapping[str, Any], live: Object
    ) -> pulumi.ResourceTransformResult | None:
        edits, unrecorded = self._differences(props, live)
        found, theirs = [*edits, *unrecorded], manual_fields(props, live)
        mark = _mark_of(live, found)
        # Not a claim: an empty volume never takes the place of one that has data.
        opts = args.opts if props["kind"] == _CLAIM else _with_hook(args.opts, self._made_again)
        if edits:
            pulumi.log.info(_edited(live, edits))
        if unrecorded:
            pulumi.log.info(_half_written(live, unrecorded))
        if theirs:
            opts = _with_hook(opts, _hook(f"keep-{key_of(props)}", lambda: self._keep(theirs)))
        if found and other_clients_entries(live):
            opts = _with_hook(opts, _hook(f"hand-over-{key_of(live)}", lambda: self._hand_over(live)))
        if scaled_by_controller(live):
            ignored = pulumi.ResourceOptions(ignore_changes=["spec.replicas"])
            opts = pulumi.ResourceOptions.merge(opts, ignored)
            if (count := live["spec"].get("replicas")) != (declared := props["spec"].get("replicas")):
                pulumi.log.info(_scaled(live, count, declared))
        return pulumi.ResourceTransformResult(_marked(props, mark) if mark else dict(props), opts)

    def _differences(self, props: Mapping[str, Any], live: Object) -> tuple[list[Difference], list[Difference]]:
        """What somebody changed, and what an unfinished update left."""
        if props["kind"] == _CLAIM:
            return [], []
        declared, recorded = plain(_known(props)), plain(self._recorded.get((live["kind"], name_of(live)), {}))
        return _edits(props, declared, live), unrecorded_writes(declared, live, recorded)

    def _hand_over(self, live: Object) -> None:
        kind, name = live["kind"], name_of(live)
        hand_over_fields(self._kubectl, _WATCHED[kind], name, self._manager(kind, name))

    def _manager(self, kind: str, name: str) -> str:
        """The field manager by which the provider writes an object; empty if it is unknown."""
        return str(self._recorded.get((kind, name), {}).get("__fieldManager") or "")

    def _missing(self, args: pulumi.ResourceTransformArgs, props: Mapping[str, Any]) -> pulumi.ResourceTransformResult:
        empty = ", with an empty volume" if props["kind"] == _CLAIM else ""
        pulumi.log.info(f"{key_of(props)} is not in the cluster; it will be made{empty}")
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        marked = _marked(props, _UNKNOWN if pulumi.runtime.is_dry_run() else now)
        return pulumi.ResourceTransformResult(marked, _with_hook(args.opts, self._made_again))

    def _is_new_snapshot(self, props: Mapping[str, Any]) -> bool:
        """Whether an immutable ConfigMap is one that no pod has been bound to yet, and that no update has made."""
        if not props.get("immutable") or (props["kind"], props["metadata"]["name"]) in self._recorded:
            return False
        deployments = [item for (kind, _), item in self._live.items() if kind == DEPLOYMENT.name]
        return props["metadata"]["name"] not in json.dumps(deployments)

    def _keep(self, theirs: Mapping[str, Any]) -> None:
        self._kubectl.apply(theirs, manager=KEEPER)


def _edits(props: Mapping[str, Any], declared: Object, live: Object) -> list[Difference]:
    """What somebody changed; `declared`: what is known of `props`.

    Where the update writes the object anyway, what is newly declared is no news.
    """
    is_written = _turned_at(props) != _turned_at(live)
    found = [one for one in differences(declared, live) if not (is_written and one.is_missing)]
    return [*found, *undeclared_fields(plain(props), live)]


def _turned_at(item: Mapping[str, Any]) -> Any:
    return annotations_of(item).get(naming.TURNED_AT)


def _edited(live: Object, found: list[Difference]) -> str:
    lines = shortened_lines([str(one) for one in found])
    if all(one.is_missing for one in found):
        return "\n".join([f"{key_of(live)} lacks what is declared; it will be written:", *lines])
    who = ", ".join(other_managers(live)) or "somebody"
    return "\n".join([f"{key_of(live)} was changed by {who} and will be put right:", *lines])


def _half_written(live: Object, found: list[Difference]) -> str:
    lines = shortened_lines([str(one) for one in found])
    return "\n".join([f"{key_of(live)} has what an unfinished update left; it will be written:", *lines])


def _scaled(live: Object, count: Any, declared: Any) -> str:
    """The API server's record says who scaled it last, not whether that is still there."""
    return (
        f"{key_of(live)} has {count} pods, as {' or '.join(scaling_managers(live))} decided, and the settings say "
        f"{int(declared)}; it is left so. Where no autoscaler is there any more: "
        f"kubectl -n {live['metadata']['namespace']} scale {key_of(live)} --replicas={int(declared)}"
    )


def _mark_of(live: Object, found: list[Difference]) -> str | None:
    """What has the engine write an object of which this was found; None for one that it never had to.

    In a preview the API server would be asked for the declared fields beside those that somebody wrote, which only the
    update takes away: two ports of one name, or a variable with a value and a Secret, it refuses.
    """
    if not found:
        kept: str | None = annotations_of(live).get(naming.REPAIRED)
        return kept
    theirs = kubectl_entries(live) or other_clients_entries(live)
    return _UNKNOWN if theirs and pulumi.runtime.is_dry_run() else _mark(live)


def _mark(live: Object) -> str:
    """Another one for each state that the object is found in, and the same in a preview and in the update after it."""
    metadata = live["metadata"]
    return f"{metadata['uid'].partition('-')[0]}-{metadata.get('generation') or metadata['resourceVersion']}"


def _marked(props: Mapping[str, Any], mark: str) -> dict[str, Any]:
    metadata = props["metadata"]
    annotations = {**metadata.get("annotations", {}), naming.REPAIRED: mark}
    return {**props, "metadata": {**metadata, "annotations": annotations}}


def _hook(name: str, action: Any) -> pulumi.ResourceHook:
    async def run(_args: pulumi.ResourceHookArgs) -> None:
        await before_a_write(action)

    return pulumi.ResourceHook(name, run)


def _with_hook(opts: pulumi.ResourceOptions, hook: pulumi.ResourceHook) -> pulumi.ResourceOptions:
    """After the hooks that an object has already: the gate is asked before anything is written."""
    return pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[hook]))
    )


def _known(value: Any) -> Any:
    """A declared value without what a preview cannot know yet."""
    if isinstance(value, Mapping):
        return {key: _known(one) for key, one in value.items() if not isinstance(one, (Unknown, pulumi.Output))}
    return [_known(one) for one in value] if isinstance(value, list) else value
