"""The end of a change of Secrets as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.accounts.completion.provider import SecretsCompletionProvider
from cadrart_infra.model import Environment


@dataclass(frozen=True, kw_only=True)
class SecretsCompletionArgs:
    """What is in use at the end: see `CompletionInputs`. `context` is the kubeconfig's, empty for its current one."""

    namespace: pulumi.Input[str]
    context: str
    snapshots: Mapping[Environment, str]
    versions: Mapping[str, str]
    changed: Sequence[str]
    due: Sequence[str]
    drain: int


class SecretsCompletion(Resource, module="cadrart", name="SecretsCompletion"):
    """What pods and server have of the Secrets; it comes after all of them in an update."""

    def __init__(self, name: str, args: SecretsCompletionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "snapshots": {environment.value: one for environment, one in args.snapshots.items()},
            "versions": dict(args.versions),
            "changed": list(args.changed),
            "due": list(args.due),
            "drain": args.drain,
        }
        super().__init__(SecretsCompletionProvider(), name, inputs, opts)
