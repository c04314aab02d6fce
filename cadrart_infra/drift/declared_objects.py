"""The objects that an update declares, compared with the live ones after they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cadrart_infra.cluster.kinds import CLAIM, COMPARED, Object, key_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.drift.comparison import differences, shortened_lines
from cadrart_infra.drift.field_managers import kubectl_entries, other_managers
from cadrart_infra.drift.terminating import terminating_objects
from cadrart_infra.drift.undeclared_fields import undeclared_fields

Edits = Callable[[Iterable[Object]], list[str]]
"""Reports each of these live objects that somebody changed since the update wrote it."""


def no_edits(_objects: Iterable[Object]) -> list[str]:
    """The Edits of an update that declares nothing."""
    return []


class DeclaredObjects:
    """The declared objects, except claims, whose problems are reported elsewhere."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl
        self._declared: dict[str, Object] = {}

    def add(self, props: Mapping[str, Any]) -> None:
        """Remembers a declared object."""
        if props["kind"] != CLAIM.name:
            self._declared[key_of(props)] = props

    def problems(self) -> list[str]:
        """A line for each object that is missing, terminating or changed after the update; raises ClusterError."""
        with ThreadPoolExecutor(len(COMPARED)) as pool:
            found = [item for items in pool.map(self._kubectl.objects, COMPARED) for item in items]
        gone = sorted(self._declared.keys() - set(map(key_of, found)))
        lines = [
            f"{key} is not there any more: somebody deleted it while the update ran. Everything else "
            "was written. Run pulumi up again, which makes it again."
            for key in gone
        ]
        again = "Everything was written. Run pulumi up again, which puts that right."
        return [*terminating_objects(found), *lines, *(f"{edit}\n  {again}" for edit in self.edits(found))]

    def edits(self, found: Iterable[Object]) -> list[str]:
        """Reports which of these live objects were changed since the update wrote or read them."""
        return list(self._edits(found))

    def _edits(self, found: Iterable[Object]) -> Iterator[str]:
        for live in found:
            declared = self._declared.get(key_of(live))
            if declared is None:
                continue
            wanted = plain(declared)
            if changed := [*differences(wanted, live), *undeclared_fields(wanted, live)]:
                who = ", ".join(_editors(live)) or "somebody"
                lines = shortened_lines([one.as_found() for one in changed])
                yield "\n".join([f"{key_of(live)} was changed by {who} while the update ran:", *lines])


def _editors(live: Object) -> list[str]:
    """Who changed it: kubectl if it did, since only kubectl leaves undeclared fields; else the other managers."""
    return sorted({str(entry["manager"]) for entry in kubectl_entries(live)}) or other_managers(live)
