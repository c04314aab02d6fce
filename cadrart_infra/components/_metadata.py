"""The metadata of the shop's objects."""

from collections.abc import Mapping

import pulumi

from cadrart_infra.components.kubernetes_object import Manifest

SKIP_AWAIT: Mapping[str, str] = {"pulumi.com/skipAwait": "true"}
"""For objects whose await proves nothing: a Service's passes without endpoints, and costs ten seconds a write."""
WRITTEN_IS_READY: Mapping[str, str] = {"pulumi.com/waitFor": "jsonpath={.metadata.uid}"}
"""For a Deployment that something else waits for. SKIP_AWAIT would also end a destroy before it is gone."""


def metadata(
    name: str,
    namespace: pulumi.Input[str],
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """An object's explicit name, namespace, labels and annotations.

    patchForce: what the program declares wins over fields that somebody set by hand; without it a proxy that was
    patched with kubectl would refuse the next switch while the other one is written.
    """
    return {
        "name": name,
        "namespace": namespace,
        "labels": labels,
        "annotations": {"pulumi.com/patchForce": "true", **(annotations or {})},
    }
