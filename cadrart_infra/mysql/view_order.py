"""Views in the order in which a server takes them: what one reads before it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.object_definitions import StoredObject

_NAME = re.compile(r"`(?:[^`]|``)+`")


def in_order(items: Iterable[StoredObject]) -> list[StoredObject]:
    """All objects, with the views among them in order; all others keep their places.

    A view is taken to read every other whose name stands in its statement. One too many does no harm, unless they go
    in a circle: then all stay as they are, and the server reports the error.
    """
    given = list(items)
    views = {item.name: item for item in given if item.kind == "VIEW"}
    reads = {name: _names(view) & views.keys() - {name} for name, view in views.items()}
    try:
        ordered = iter([views[name] for name in TopologicalSorter(reads).static_order()])
    except CycleError:
        return given
    return [next(ordered) if item.kind == "VIEW" else item for item in given]


def _names(view: StoredObject) -> set[str]:
    return set(map(sql.unquoted, _NAME.findall(view.statement)))
