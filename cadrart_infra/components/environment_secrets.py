"""The values of Secrets that an environment's pods are bound to."""

from collections.abc import Sequence

import pulumi

from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.components._metadata import metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject
from cadrart_infra.rotation.resource import SecretsSnapshot, SecretsSnapshotArgs
from cadrart_infra.rotation.sources import sources


class EnvironmentSecrets(pulumi.ComponentResource):
    """An immutable Secret, copied inside the cluster's API, and the ConfigMap that it belongs to.

    Like an environment's immutable ConfigMap, a change makes a new one, and the old one goes when no pod needs it. The
    copy is made `after` other resources: they make some of the Secrets.
    """

    def __init__(
        self,
        name: str,
        args: SecretsSnapshotArgs,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cadrart:index:EnvironmentSecrets", name, None, opts)
        used = sorted(sources(args.environment).items())
        manifest = {
            "metadata": metadata(args.name, args.namespace),
            "data": {
                "about": "Owns the Secret of the same name, which pods are bound to.",
                "made-of": "".join(f"{key} of {secret}\n" for key, secret in used),
            },
            "immutable": True,
        }
        owner = KubernetesObject(CONFIG_MAP, args.name, manifest, pulumi.ResourceOptions(parent=self))
        self.snapshot = SecretsSnapshot(
            f"{name}-secrets",
            args,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[owner, *after]),
        )
        self.register_outputs({})
