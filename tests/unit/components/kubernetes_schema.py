"""What the provider's own package knows of a manifest's fields: their names, and what each holds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

import pulumi_kubernetes
from pulumi._types import input_type_types, is_input_type

_HELD = {str: str, bool: bool, int: int | float, float: int | float}
"""What a plain field may hold; over the engine's wire every number is a float."""


def misfits(type_token: str, manifest: Mapping[str, Any]) -> list[str]:
    """The fields that objects of a type do not have, and those that hold something else, by their paths."""
    _, module, kind = type_token.split(":")
    package, version = module.replace(".k8s.io", "").split("/")
    declared = getattr(getattr(getattr(pulumi_kubernetes, package), version), f"{kind}InitArgs")
    return list(_fields("", manifest, declared))


def _fields(path: str, value: Mapping[str, Any], declared: type) -> Iterator[str]:
    known = input_type_types(declared)
    for name, one in value.items():
        here = f"{path}.{name}"
        yield from _value(here, one, known[name]) if name in known else [f"{here} does not exist"]


def _value(path: str, value: Any, declared: Any) -> Iterator[str]:
    wanted = list(_alternatives(declared))
    part = next((one for one in wanted if isinstance(one, type) and is_input_type(one)), None)
    if isinstance(value, list):
        of = next((get_args(one)[0] for one in wanted if get_origin(one) is Sequence), None)
        for index, one in enumerate(value):
            yield from _value(f"{path}[{index}]", one, of) if of else [f"{path} is no list"]
    elif isinstance(value, Mapping):
        yield from _fields(path, value, part) if part else []
    elif not any(isinstance(value, _HELD.get(one, ())) for one in wanted):
        yield f"{path} is {value!r}"


def _alternatives(declared: Any) -> Iterator[Any]:
    """What may stand in a field: an input is a union of the value's own type and of what brings it later."""
    if get_origin(declared) is Union:
        for one in get_args(declared):
            yield from _alternatives(one)
    else:
        yield declared
