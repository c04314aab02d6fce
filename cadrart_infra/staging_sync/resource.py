"""Staging's copy of production's database as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime.rpc import UNKNOWN

from cadrart_infra.dynamic import Recorded, announced
from cadrart_infra.staging_sync.due import announcement, replaces_copy
from cadrart_infra.staging_sync.expected_copy import copy_of
from cadrart_infra.staging_sync.inputs import SyncInputs
from cadrart_infra.staging_sync.provider import StagingSyncProvider


@dataclass(frozen=True, kw_only=True)
class StagingSyncArgs:
    """What is copied, when, and how the server is reached."""

    namespace: pulumi.Input[str]
    context: str
    """The kubeconfig's context, empty for its current one."""
    address: str
    """host:port of a server outside the cluster; empty for the pod of `db`."""
    ca: str
    """The certificates (PEM) that verify the server; empty for the machine's own."""
    staging_color: str
    images: Mapping[str, Mapping[str, str]]
    """Of both colours: only a new image of `staging_color` is a release to staging."""
    production: str
    staging: str
    take_over: str
    """A database that staging may have whatever it holds; empty for none."""
    masking: Mapping[str, Any]
    """What the stack says of it; a change is a reason for a sync."""
    masking_rules: Mapping[str, Any] | None
    """All that a sync applies; None where masking is off."""
    on_switch: bool
    keep_previous: bool
    request: str
    """Any new value asks for a run."""
    restore_previous: str
    """Any new value asks for the copy before."""
    time_limit: float
    """Seconds."""
    pace: str
    """gentle or fast."""
    processor_share: float
    """The part of the server's processor limit that it may use altogether while a gentle sync works."""
    known_copy: str = ""
    """When the copy in the history was taken; empty for none."""

    def inputs(self) -> dict[str, Any]:
        """What is recorded of it."""
        return {
            "namespace": self.namespace,
            "context": self.context,
            "address": self.address,
            "ca": self.ca,
            "stagingColor": self.staging_color,
            "images": self.images,
            "databases": {"production": self.production, "staging": self.staging},
            "takeOver": self.take_over,
            "masking": self.masking,
            "maskingRules": self.masking_rules,
            "onSwitch": self.on_switch,
            "keepPrevious": self.keep_previous,
            "request": self.request,
            "restorePrevious": self.restore_previous,
            "timeLimit": self.time_limit,
            "pace": self.pace,
            "processorShare": self.processor_share,
        }


class StagingSync(Resource, module="cadrart", name="StagingSync"):
    """A verified copy of production's database in staging; production is only read."""

    last: pulumi.Output[Mapping[str, Any]]
    """What the run did that made what staging holds (see `SyncResult`)."""
    copy: pulumi.Output[str]
    """When the copy that staging holds came in; empty where an older release of the program made it."""

    def __init__(self, name: str, args: StagingSyncArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {**args.inputs(), "last": None}
        foreseen = _Foreseen(args.known_copy)
        super().__init__(StagingSyncProvider(), name, inputs, announced("staging-sync", foreseen.announce, opts))
        self.copy = self.urn.apply(lambda _: self.last.apply(copy_of) if foreseen.copy is None else foreseen.copy)


@dataclass
class _Foreseen:
    """What a preview knows of the copy, where the engine only knows that the resource is going to change."""

    known_copy: str
    copy: str | None = None
    """None where the record says it all."""

    def announce(self, old: Recorded | None, new: Recorded) -> str:
        before, now = SyncInputs.read(old) if old else None, SyncInputs.read(new)
        if pulumi.runtime.is_dry_run():
            self.copy = UNKNOWN if replaces_copy(before, now) else copy_of((old or {}).get("last"))
        return announcement(before, now, self.known_copy)
