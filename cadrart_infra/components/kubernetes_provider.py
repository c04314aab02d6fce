"""The one Kubernetes provider of the program."""

import os

import pulumi_kubernetes as k8s


def kubernetes_provider(context: str) -> k8s.Provider:
    """A provider for the ambient kubeconfig's `context` (empty: its current one).

    It never changes identity: without a fixed `cluster_identifier` a new server address or a wrong kubeconfig would
    make the engine replace the provider and, with it, delete every object of the shop. The kubeconfig itself stays
    out of the state: it may hold credentials, and its path differs from laptop to CI.
    """
    ambient = os.environ.pop("KUBECONFIG", None)  # the SDK would record it; the plugin finds it by itself
    try:
        return k8s.Provider(
            "cluster",
            cluster_identifier="cadrart",
            context=context or None,
            # A record like cadrart-config-prod is updated in place, never deleted first; what pods are bound to is
            # immutable and has its content's hash in its name.
            enable_config_map_mutable=True,
            enable_server_side_apply=True,
        )
    finally:
        if ambient is not None:
            os.environ["KUBECONFIG"] = ambient
