"""The claims: production's data, each environment's uploaded files and logs, the backups."""

from dataclasses import dataclass

import pulumi

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import CLAIM
from cadrart_infra.components._metadata import metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject
from cadrart_infra.model import Environment


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """Where the claims lie and how large they are (Kubernetes quantities, e.g. 10Gi).

    Without `backups` there is no claim for them.
    """

    namespace: pulumi.Input[str]
    class_name: pulumi.Input[str]
    database: pulumi.Input[str]
    static: pulumi.Input[str]
    logs: pulumi.Input[str]
    backups: pulumi.Input[str] | None = None


class Storage(pulumi.ComponentResource):
    """Every claim of the shop. None is ever deleted: a destroyed stack, a removed or replaced resource leaves them."""

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cadrart:index:Storage", name, None, opts)
        self._args = args
        sizes = {
            naming.DATABASE_CLAIM: args.database,
            **{naming.static_claim(environment): args.static for environment in Environment},
            **{naming.logs_claim(environment): args.logs for environment in Environment},
            **({naming.BACKUP_CLAIM: args.backups} if args.backups else {}),
        }
        self.claims = {claim: self._claim(claim, size) for claim, size in sizes.items()}
        self.register_outputs({})

    def name_of(self, claim: str) -> pulumi.Output[str]:
        """A claim's name, known when the claim is there."""
        return self.claims[claim].name

    def _claim(self, name: str, size: pulumi.Input[str]) -> KubernetesObject:
        manifest = {
            "metadata": metadata(name, self._args.namespace, labels={naming.SERVICE_LABEL: name}),
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": self._args.class_name,
                "resources": {"requests": {"storage": size}},
            },
        }
        return KubernetesObject(CLAIM, name, manifest, pulumi.ResourceOptions(parent=self, retain_on_delete=True))
