"""An environment's snapshot of Secrets as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.model import Environment
from cadrart_infra.rotation.provider import SecretsSnapshotProvider


@dataclass(frozen=True, kw_only=True)
class SecretsSnapshotArgs:
    """What is copied: see `SnapshotInputs`. `context` is the kubeconfig's context, empty for its current one."""

    namespace: pulumi.Input[str]
    context: str
    environment: Environment
    name: str
    versions: Mapping[str, str]
    missing: bool


class SecretsSnapshot(Resource, module="cadrart", name="SecretsSnapshot"):
    """The immutable Secret that an environment's pods are bound to. Its values are neither inputs nor outputs."""

    def __init__(self, name: str, args: SecretsSnapshotArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "environment": args.environment.value,
            "name": args.name,
            "versions": dict(args.versions),
            "missing": args.missing,
        }
        super().__init__(SecretsSnapshotProvider(), name, inputs, opts)
