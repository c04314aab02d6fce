"""An object of the cluster, declared by its manifest."""

from collections.abc import Mapping
from typing import Any

import pulumi

from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.cluster.manifests import plain

Manifest = dict[str, Any]
"""Fields of an object, or of a part of one, in Kubernetes' own spelling. Values may be outputs of other resources."""


class KubernetesObject(pulumi.CustomResource):
    """An object of the cluster; what is None in its manifest is left out.

    The provider's own package has a class for each kind and each part of one. To load them took longer than to load
    Pulumi, in every command (docs/adr/0028).
    """

    metadata: pulumi.Output[Manifest]
    spec: pulumi.Output[Manifest]
    """Both as the API server has them; `spec` only of a kind that has one."""

    def __init__(
        self, kind: Kind, name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        identity = {"apiVersion": kind.version, "kind": kind.name}
        super().__init__(type_token(kind), name, {**identity, **plain(manifest)}, opts)
        declared: str = manifest["metadata"]["name"]
        # By the URN, which a preview knows. It does not know all of `metadata` of an object that it will write, and by
        # that it would show a change of whatever takes the name, the server's Deployment for one.
        self.name: pulumi.Output[str] = self.urn.apply(lambda _urn: declared)
        """Its name; who takes it is declared when the object is there."""


def type_token(kind: Kind) -> str:
    """As the provider calls the kind, e.g. `kubernetes:core/v1:Service`."""
    version = kind.version if "/" in kind.version else f"core/{kind.version}"
    return f"kubernetes:{version}:{kind.name}"
