"""The values of Secrets that an environment's pods are bound to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra.components._metadata import metadata
from cadrart_infra.model import Environment
from cadrart_infra.rotation.resource import SecretsSnapshot, SecretsSnapshotArgs
from cadrart_infra.rotation.sources import sources


@dataclass(frozen=True, kw_only=True)
class EnvironmentSecretsArgs:
    """The snapshot's name, the versions of the Secrets that it is made of, and whether it has to be made again.

    `context`: the kubeconfig's context, empty for its current one.
    """

    namespace: pulumi.Input[str]
    context: str
    environment: Environment
    name: str
    versions: Mapping[str, str]
    missing: bool


class EnvironmentSecrets(pulumi.ComponentResource):
    """An immutable Secret, copied inside the cluster's API, and the ConfigMap that it belongs to.

    Like an environment's immutable ConfigMap, a change makes a new one, and the old one goes when no pod needs it. The
    copy is made `after` other resources: they make some of the Secrets.
    """

    def __init__(
        self,
        name: str,
        args: EnvironmentSecretsArgs,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cadrart:index:EnvironmentSecrets", name, None, opts)
        used = sorted(sources(args.environment).items())
        owner = k8s.core.v1.ConfigMap(
            args.name,
            metadata=metadata(args.name, args.namespace),
            data={
                "about": "Owns the Secret of the same name, which pods are bound to.",
                "made-of": "".join(f"{key} of {secret}\n" for key, secret in used),
            },
            immutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.snapshot = SecretsSnapshot(
            f"{name}-secrets",
            SecretsSnapshotArgs(
                namespace=args.namespace,
                context=args.context,
                environment=args.environment,
                name=args.name,
                versions=args.versions,
                missing=args.missing,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[owner, *after]),
        )
        self.register_outputs({})
