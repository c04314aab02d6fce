"""Compares a live object with its declaration, and finds what somebody else changed (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from cadrart_infra.cluster.kinds import Object
from cadrart_infra.cluster.quantities import amount_if_any
from cadrart_infra.drift.field_managers import OwnedFields, provider_fields, scaled_by_controller

_ITEM_KEYS = ("name", "mountPath", "containerPort", "port")
"""Keys that identify the items of a list; lists without any of them are compared by position."""
_IDENTITY = ("apiVersion", "kind")
_REPLICAS = "spec.replicas"
_CONTENT = ("spec", "data")
"""Where an object has what it is made for."""


MISSING = object()
"""Stands for a value that is not there."""


@dataclass(frozen=True)
class Difference:
    """A declared field that somebody changed or removed, or that is newly declared.

    `declared` is MISSING for a field that somebody added.
    """

    path: str
    declared: Any
    live: Any

    def __str__(self) -> str:
        if self.declared is MISSING:
            return f"{self.path} is {_shown(self.live)} and is not declared; it will be taken away"
        if self.is_missing:
            return f"{self.path} is not set; it will be {_shown(self.declared)}"
        return self.as_found()

    def as_found(self) -> str:
        """The difference, without what the update will do about it."""
        if self.declared is MISSING:
            return f"{self.path} is {_shown(self.live)}, which is not declared"
        return (
            f"{self.path} is {'not set' if self.is_missing else _shown(self.live)} instead of {_shown(self.declared)}"
        )

    @property
    def is_missing(self) -> bool:
        """Whether there is no live value: it was removed, or is newly declared."""
        return self.live is MISSING


_Found = tuple[Difference, OwnedFields]
_NOBODY_S = OwnedFields(None)


def differences(declared: Object, live: Object) -> list[Difference]:
    """Declared fields whose live value differs and was not written by the provider.

    A field that the provider still owns differs because the settings changed: the engine writes it (but see
    `unrecorded_writes`). An undeclared field belongs to whoever wrote it. A missing field is always a difference, be it
    removed or newly declared.
    """
    owned = provider_fields(live)
    if owned is None:
        return []
    scaled = scaled_by_controller(live)
    return [one for one, by in _of_object(declared, live, owned, scaled=scaled) if not by.all]


def unrecorded_writes(declared: Object, live: Object, recorded: Object) -> list[Difference]:
    """What the provider wrote otherwise than is declared, while the state has the object as declared (`recorded`).

    An update that was killed wrote it, and the settings were taken back: the engine finds nothing to do.
    """
    owned, scaled = provider_fields(live), scaled_by_controller(live)
    if owned is None or any(_of_object(declared, recorded, _NOBODY_S, scaled=scaled)):
        return []  # the engine writes it
    added = (
        replace(one, declared=MISSING, live=one.declared)
        for section in _CONTENT
        for one, by in _compare(section, live.get(section, {}), recorded.get(section, {}), owned.key(section))
        if one.is_missing and by.any
    )
    return [*(one for one, by in _of_object(declared, live, owned, scaled=scaled) if by.all), *added]


def _of_object(declared: Object, live: Object, owned: OwnedFields, *, scaled: bool) -> Iterator[_Found]:
    """The differences of a whole object; `scaled`: somebody else decides how many pods it has."""
    content = {key: value for key, value in declared.items() if key not in _IDENTITY}
    return (found for found in _compare("", content, live, owned) if not (scaled and found[0].path == _REPLICAS))


_MOST_LISTED = 5
"""How many differences of one object are listed."""


def shortened_lines(lines: Sequence[str]) -> list[str]:
    """The first of an object's differences, indented, and how many more there are."""
    more = [f"  and {len(lines) - _MOST_LISTED} more"] if len(lines) > _MOST_LISTED else []
    return [*(f"  {line}" for line in lines[:_MOST_LISTED]), *more]


def is_different(declared: Object, live: Object) -> bool:
    """Whether anything that is declared is otherwise in the cluster, whoever wrote that."""
    return any(_compare("", declared, live, _NOBODY_S))


def _compare(path: str, declared: Any, live: Any, owned: OwnedFields) -> Iterator[_Found]:
    """Each difference, and what the provider owns there."""
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key, value in declared.items():
            below = f"{path}.{key}" if path else str(key)
            yield from _compare(below, value, live.get(key, MISSING), owned.key(key))
    elif _is_list(declared) and _is_list(live):
        yield from _compare_lists(path, declared, live, owned)
    elif not _same(declared, live):
        yield Difference(path, declared, live), owned


def _compare_lists(path: str, declared: Sequence[Any], live: Sequence[Any], owned: OwnedFields) -> Iterator[_Found]:
    key = next((key for key in _ITEM_KEYS if all(isinstance(one, Mapping) and key in one for one in declared)), None)
    if key is None:
        if len(declared) != len(live):
            yield Difference(path, declared, live), owned
        for index, (one, other) in enumerate(zip(declared, live, strict=False)):
            yield from _compare(f"{path}[{index}]", one, other, owned.item(other))
        return
    found = {one.get(key): one for one in live if isinstance(one, Mapping)}
    for one in declared:
        other = found.get(one[key], MISSING)
        yield from _compare(f"{path}[{one[key]}]", one, other, owned.item(one if other is MISSING else other))


def _same(declared: Any, live: Any) -> bool:
    """Whether two values are one to the API server: it leaves out what is empty, and writes quantities its own way."""
    if live is MISSING:
        return declared is None or declared in ("", 0, False, [], {})
    if declared == live:
        return True
    one, other = _quantity(declared), _quantity(live)
    return one is not None and one == other


def _quantity(value: Any) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    return amount_if_any(str(value))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
