"""The namespace's own record of whose shop it holds."""

import pulumi

from cadrart_infra import naming
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.components._metadata import metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject


def identity_record(namespace: pulumi.Input[str], identity: Identity, opts: pulumi.ResourceOptions) -> KubernetesObject:
    """`cadrart-identity`: by it a stack whose state is lost, or another stack, knows where it is."""
    manifest = {"metadata": metadata(naming.IDENTITY, namespace), "data": identity.record()}
    return KubernetesObject(CONFIG_MAP, naming.IDENTITY, manifest, opts)
