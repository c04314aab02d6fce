"""Compares what is live with what is wanted."""

from collections.abc import Iterable, Mapping

from cadrart_infra.live import Routed


def differing_names(wanted: Mapping[str, Mapping[str, str]], found: Mapping[str, Routed]) -> list[str]:
    """The names of wanted objects that are missing or have another content."""
    names: Iterable[str] = wanted
    return [name for name in names if name not in found or found[name].content != wanted[name]]
