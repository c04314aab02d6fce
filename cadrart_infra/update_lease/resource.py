"""The Lease of a destroy, as a Pulumi resource."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.cluster.identity import Identity
from cadrart_infra.update_lease.provider import UpdateLeaseProvider


@dataclass(frozen=True, kw_only=True)
class UpdateLeaseArgs:
    """Which shop the Lease is for; `context`: the kubeconfig's context, empty for its current one."""

    context: str
    identity: Identity


class UpdateLease(Resource, module="cadrart", name="UpdateLease"):
    """Is to depend on every other resource, so that a destroy deletes it, and so takes the Lease, before them."""

    def __init__(self, name: str, args: UpdateLeaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {"context": args.context, **args.identity.record()}
        super().__init__(UpdateLeaseProvider(), name, inputs, opts)


def hold_while_destroying(shop: pulumi.Resource, context: str, identity: Identity) -> UpdateLease:
    """Declares the Lease of a destroy for everything of a shop."""
    args = UpdateLeaseArgs(context=context, identity=identity)
    return UpdateLease("update-lease", args, pulumi.ResourceOptions(depends_on=[shop]))
