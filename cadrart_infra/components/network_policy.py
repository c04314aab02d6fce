"""Who may reach the database, and who reaches nothing."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming, workloads
from cadrart_infra.components._metadata import metadata
from cadrart_infra.model import Color


def database_policy(
    namespace: pulumi.Input[str], clients: Sequence[str], opts: pulumi.ResourceOptions
) -> k8s.networking.v1.NetworkPolicy:
    """Lets only who needs the server reach it: workloads that use the database, backups and the named `clients`.

    A client is named by its `io.kompose.service` label. The sync and the accounts come through `kubectl port-forward`,
    which enters the pod itself and needs no rule.
    """
    users = [spec.name for spec in workloads.SHOP if spec.uses_database]
    shop = [naming.workload_name(workload, color) for workload in users for color in Color]
    allowed = [*shop, naming.BACKUP, *clients]
    return k8s.networking.v1.NetworkPolicy(
        "db-clients",
        metadata=metadata("db-clients", namespace),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=naming.DATABASE_LABELS),
            policy_types=["Ingress"],
            ingress=[
                k8s.networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=[k8s.networking.v1.NetworkPolicyPeerArgs(pod_selector=_with_service_label(allowed))],
                    ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=naming.DATABASE_PORT, protocol="TCP")],
                )
            ],
        ),
        opts=opts,
    )


def rehearsal_policy(namespace: pulumi.Input[str], opts: pulumi.ResourceOptions) -> k8s.networking.v1.NetworkPolicy:
    """Lets nothing out of a rehearsal's pod and nothing in: it holds a copy of production, and runs a release on it."""
    return k8s.networking.v1.NetworkPolicy(
        naming.REHEARSAL,
        metadata=metadata(naming.REHEARSAL, namespace),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=naming.REHEARSAL_LABELS),
            policy_types=["Ingress", "Egress"],
        ),
        opts=opts,
    )


def _with_service_label(values: Sequence[str]) -> k8s.meta.v1.LabelSelectorArgs:
    requirement = k8s.meta.v1.LabelSelectorRequirementArgs(key=naming.SERVICE_LABEL, operator="In", values=list(values))
    return k8s.meta.v1.LabelSelectorArgs(match_expressions=[requirement])
