"""Objects that were declared, as the API server takes them."""

from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Without what is None, and with whole numbers: over the engine's wire every number is a float."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
