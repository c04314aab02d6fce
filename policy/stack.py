"""The stack's own settings, as the engine shows them to rules: on the provider of the dynamic resources."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policy.resources import Resource

PROVIDER = "pulumi:providers:pulumi-python"
"""The type of the resource whose inputs are the whole configuration; structured values are JSON text."""
PROJECT = "cadrart-infra:"


def configuration(resources: Sequence[Resource]) -> tuple[Resource | None, Mapping[str, Any]]:
    """The resource that holds the settings, and the settings, nested."""
    for resource in resources:
        if resource.type == PROVIDER:
            return resource, {key.removeprefix(PROJECT): _value(value) for key, value in resource.props.items()}
    return None, {}


def _value(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return value


def setting(resources: Sequence[Resource], key: str) -> Any:
    """A setting by its dotted key; None where the stack leaves it to the default."""
    value: Any = configuration(resources)[1]
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value below one, with its dotted path."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for below in value:
            yield from leaves(below, path)
    else:
        yield path, value
