"""The conditions in an object's status, as the API server lists them."""

from collections.abc import Mapping
from typing import Any


def condition_of(item: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of this type, e.g. `Ready`; empty where the object has none."""
    found: list[Mapping[str, Any]] = item.get("status", {}).get("conditions") or []
    return next((one for one in found if one["type"] == kind), {})


def condition_holds(item: Mapping[str, Any], kind: str) -> bool:
    """Whether the condition of this type is true of the object."""
    return condition_of(item, kind).get("status") == "True"
