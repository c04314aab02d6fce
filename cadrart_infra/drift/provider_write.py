"""Writes an object as the engine's provider would, so that the provider's next write takes it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.kinds import DEPLOYMENT, SERVICE, Object, annotations_of, labels_of
from cadrart_infra.drift.field_managers import PROVIDER, provider_manager

_API_VERSIONS = {kind.name: kind.version for kind in (DEPLOYMENT, SERVICE)}
_OURS = ("pulumi.com/", "ateliercadrart.com/")
"""Prefixes of the annotations that the provider writes."""


def as_provider_writes(item: Object, spec: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The manifest with this spec, and the provider's field manager to write it with.

    With that field manager, the provider's next write meets no conflict and leaves nothing behind.
    """
    metadata, kind = item["metadata"], item["kind"]
    annotations = {key: value for key, value in annotations_of(item).items() if key.startswith(_OURS)}
    kept = {"name": metadata["name"], "labels": labels_of(item), "annotations": annotations}
    manifest = {"apiVersion": _API_VERSIONS[kind], "kind": kind, "metadata": kept, "spec": dict(spec)}
    return manifest, provider_manager(item) or PROVIDER
