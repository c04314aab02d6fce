"""The namespace's own record of whose shop it holds."""

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.components._metadata import metadata


def identity_record(
    namespace: pulumi.Input[str], identity: Identity, opts: pulumi.ResourceOptions
) -> k8s.core.v1.ConfigMap:
    """`cadrart-identity`: with it a stack whose state is lost, or another stack, is told where it is."""
    return k8s.core.v1.ConfigMap(
        naming.IDENTITY, metadata=metadata(naming.IDENTITY, namespace), data=identity.record(), opts=opts
    )
