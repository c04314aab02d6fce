"""Who may reach the database, and who reaches nothing."""

from collections.abc import Sequence

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import NETWORK_POLICY
from cadrart_infra.components._metadata import metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject, Manifest
from cadrart_infra.model import Color


def database_policy(
    namespace: pulumi.Input[str], clients: Sequence[str], opts: pulumi.ResourceOptions
) -> KubernetesObject:
    """Lets only who needs the server reach it: workloads that use the database, backups and the named `clients`.

    A client is named by its `io.kompose.service` label. The sync and the accounts come through `kubectl port-forward`,
    which enters the pod itself and needs no rule.
    """
    users = [spec.name for spec in workloads.SHOP if spec.uses_database]
    shop = [naming.workload_name(workload, color) for workload in users for color in Color]
    allowed = [*shop, naming.BACKUP, *clients]
    manifest = {"metadata": metadata(naming.DATABASE_CLIENTS, namespace), "spec": only_from(allowed)}
    return KubernetesObject(NETWORK_POLICY, naming.DATABASE_CLIENTS, manifest, opts)


def rehearsal_policy(namespace: pulumi.Input[str], opts: pulumi.ResourceOptions) -> KubernetesObject:
    """Lets nothing out of a rehearsal's pod and nothing in: it holds a copy of production, and runs a release on it."""
    manifest = {
        "metadata": metadata(naming.REHEARSAL, namespace),
        "spec": {
            "podSelector": {"matchLabels": naming.REHEARSAL_LABELS},
            "policyTypes": ["Ingress", "Egress"],
        },
    }
    return KubernetesObject(NETWORK_POLICY, naming.REHEARSAL, manifest, opts)


def only_from(clients: Sequence[str]) -> Manifest:
    """The spec of a policy that lets only pods with these service labels reach the database server."""
    labelled = {"matchExpressions": [{"key": naming.SERVICE_LABEL, "operator": "In", "values": list(clients)}]}
    return {
        "podSelector": {"matchLabels": naming.DATABASE_LABELS},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [{"podSelector": labelled}],
                "ports": [{"port": naming.DATABASE_PORT, "protocol": "TCP"}],
            }
        ],
    }
