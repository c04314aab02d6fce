"""An object of the cluster that the program writes past the engine, so that the engine's next write takes it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.kinds import DEPLOYMENT, SERVICE
from cadrart_infra.drift.ownership import PROVIDER, Object, provider_name

_API_VERSIONS = {kind.name: kind.version for kind in (DEPLOYMENT, SERVICE)}
_OURS = ("pulumi.com/", "ateliercadrart.com/")
"""How the annotations begin that the provider writes."""


def written_again(item: Object, spec: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The object with what it is to specify, and the name under which the provider wrote it.

    Under that name the provider's next write differs from nobody else's, and leaves nothing over.
    """
    metadata, kind = item["metadata"], item["kind"]
    annotations = {key: value for key, value in metadata.get("annotations", {}).items() if key.startswith(_OURS)}
    kept = {"name": metadata["name"], "labels": metadata.get("labels", {}), "annotations": annotations}
    manifest = {"apiVersion": _API_VERSIONS[kind], "kind": kind, "metadata": kept, "spec": dict(spec)}
    return manifest, provider_name(item) or PROVIDER
