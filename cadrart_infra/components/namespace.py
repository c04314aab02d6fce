"""The namespace that holds the shop."""

import pulumi
import pulumi_kubernetes as k8s


def shop_namespace(name: str, opts: pulumi.ResourceOptions) -> k8s.core.v1.Namespace:
    """The namespace; `pulumi destroy` leaves it, for the volumes and the Secrets lie in it.

    It was there before, so it is taken up as it is: nobody needs a right to change it, such as what it enforces.
    """
    taken_up = pulumi.ResourceOptions(retain_on_delete=True, import_=name, ignore_changes=["metadata", "spec"])
    return k8s.core.v1.Namespace(
        "namespace",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, annotations={"pulumi.com/patchForce": "true"}),
        opts=pulumi.ResourceOptions.merge(opts, taken_up),
    )
