"""What is declared, as a plain manifest."""

from collections.abc import Mapping
from typing import Any

from pulumi._types import input_type_to_dict, is_input_type


def manifest_of(declared: Any) -> Any:
    """As the API server takes it; in it may be no output of another resource."""
    if is_input_type(type(declared)):
        declared = input_type_to_dict(declared)
    if isinstance(declared, Mapping):
        return {key: manifest_of(one) for key, one in declared.items() if one is not None}
    return [manifest_of(one) for one in declared] if isinstance(declared, list) else declared
