"""The namespace that holds the shop."""

import pulumi

from cadrart_infra.cluster.kinds import NAMESPACE
from cadrart_infra.components.kubernetes_object import KubernetesObject


def shop_namespace(name: str, opts: pulumi.ResourceOptions) -> KubernetesObject:
    """The namespace; `pulumi destroy` leaves it, because the volumes and the Secrets lie in it.

    It was there before, so it is taken up as it is: nobody needs a right to change it, such as what it enforces.
    """
    taken_up = pulumi.ResourceOptions(retain_on_delete=True, import_=name, ignore_changes=["metadata", "spec"])
    manifest = {"metadata": {"name": name, "annotations": {"pulumi.com/patchForce": "true"}}}
    return KubernetesObject(NAMESPACE, "namespace", manifest, pulumi.ResourceOptions.merge(opts, taken_up))
