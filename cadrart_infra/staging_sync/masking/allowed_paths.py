"""The tree of masked and kept paths in a JSON document.

A path is `$`, with `.key`, `."any key"` and `[*]` (every element) behind it. Keys are compared letter by letter. A
kept path stands for one value that holds no others; with `.*` behind it, for all that is below it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EACH = None
"""The step from an array to its elements; every other step is a key."""
Step = str | None

_STEP = re.compile(r'\.(?P<quoted>"(?:[^"\\]|\\.)*")|\.(?P<key>[^."\[\]]+)|(?P<each>\[\*\])', re.S)
_EVERYTHING = ".*"


class PathError(ValueError):
    """A path that stands for no place in a document; the text says what is wrong."""


@dataclass
class Allowed:
    """What may stand at one place: `kind` masks what stands there, `kept` leaves a single value, `whole` everything.

    Neither, and nothing below: the place is emptied.
    """

    kind: str = ""
    kept: bool = False
    whole: bool = False
    keys: dict[str, Allowed] = field(default_factory=dict)
    each: Allowed | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it says what becomes of everything that may stand here, objects and arrays included."""
        return self.whole or bool(self.kind and not self.keys and self.each is None)

    def at(self, step: Step) -> Allowed | None:
        """What may stand one step below; None where nothing is listed there."""
        return self.each if step is EACH else self.keys.get(step)

    def add(self, step: Step) -> Allowed:
        """What may stand one step below; an empty entry is added where nothing is listed there."""
        if step is not EACH:
            return self.keys.setdefault(step, Allowed())
        self.each = self.each or Allowed()
        return self.each


def allowed_tree(masked: Mapping[str, str], kept: Iterable[str]) -> Allowed:
    """The tree of all paths; where one is masked and kept, it is masked. Raises PathError."""
    root = Allowed()
    for path in kept:
        place = _place(root, path.removesuffix(_EVERYTHING))
        if path.endswith(_EVERYTHING):
            place.whole = True
        else:
            place.kept = True
    for path, kind in masked.items():
        _place(root, path).kind = kind
    _unkeep_masked(root)
    return root


def _place(root: Allowed, path: str) -> Allowed:
    place = root
    for step in steps_of(path):
        place = place.add(step)
    return place


def _unkeep_masked(place: Allowed) -> bool:
    """Whether something at or below the place is masked; if so, the place is not kept as a whole any more."""
    below = [_unkeep_masked(child) for child in (*place.keys.values(), *filter(None, [place.each]))]
    if place.kind or any(below):
        place.whole = False
        return True
    return False


def steps_of(path: str) -> list[Step]:
    """The steps of a path from the document's root. Raises PathError."""
    if not path.startswith("$"):
        raise PathError(f"the path {path!r} does not begin with $")
    found: list[Step] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise PathError(
                f"the path {path!r} cannot be read from {path[position:]!r} on; "
                'it takes .key, ."any key" and [*] for every element'
            )
        found.append(_step(match))
        position = match.end()
    return found


def _step(match: re.Match[str]) -> Step:
    if match["each"]:
        return EACH
    if match["quoted"]:
        try:
            return str(json.loads(match["quoted"]))
        except ValueError:
            raise PathError(f"the key {match['quoted']} is no JSON text") from None
    return match["key"]


def path_of(steps: Iterable[Step]) -> str:
    """The path as a rule names it."""
    return "$" + "".join("[*]" if step is EACH else f".{_written(step)}" for step in steps)


def _written(key: str) -> str:
    return key if re.fullmatch(r"\w+", key) else json.dumps(key, ensure_ascii=False)
