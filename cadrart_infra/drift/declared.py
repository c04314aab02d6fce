"""What becomes of the objects that an update declares, while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cadrart_infra.cluster.kinds import CLAIM, COMPARED, key_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.drift.additions import additions
from cadrart_infra.drift.comparison import differences, told
from cadrart_infra.drift.ending import ending_objects
from cadrart_infra.drift.ownership import Object, edited_by_hand, writers

Edits = Callable[[Iterable[Object]], list[str]]
"""What somebody changed of these live objects since the update wrote them: a text for each that was changed."""


def no_edits(_objects: Iterable[Object]) -> list[str]:
    """Where nothing was declared, nobody can have changed it."""
    return []


class DeclaredObjects:
    """The objects as the program declared them, compared with the live ones once they are written.

    Claims are left out: what is wrong with one has lines of its own.
    """

    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl
        self._declared: dict[str, Object] = {}

    def add(self, props: Mapping[str, Any]) -> None:
        """Takes note of an object as it is declared."""
        if props["kind"] != CLAIM.name:
            self._declared[key_of(props)] = props

    def problems(self) -> list[str]:
        """When all is written, what to say of each object that is not there, about to go, or not as it was declared.

        Raises ClusterError.
        """
        with ThreadPoolExecutor(len(COMPARED)) as pool:
            found = [item for items in pool.map(self._kubectl.objects, COMPARED) for item in items]
        gone = sorted(self._declared.keys() - set(map(key_of, found)))
        lines = [
            f"{key} is not there any more: somebody deleted it while the update ran. Everything else "
            "was written. Run pulumi up again, which makes it again."
            for key in gone
        ]
        again = "Everything was written. Run pulumi up again, which puts that right."
        return [*ending_objects(found), *lines, *(f"{edit}\n  {again}" for edit in self.edits(found))]

    def edits(self, found: Iterable[Object]) -> list[str]:
        """What somebody changed of these objects since the update wrote them, or looked at them."""
        return list(self._edits(found))

    def _edits(self, found: Iterable[Object]) -> Iterator[str]:
        for live in found:
            declared = self._declared.get(key_of(live))
            if declared is None:
                continue
            wanted = plain(declared)
            if changed := [*differences(wanted, live), *additions(wanted, live)]:
                who = ", ".join(_editors(live)) or "somebody"
                lines = told([one.as_found() for one in changed])
                yield "\n".join([f"{key_of(live)} was changed by {who} while the update ran:", *lines])


def _editors(live: Object) -> list[str]:
    """Those by hand where there are any: only they leave what is not declared."""
    return sorted({str(entry["manager"]) for entry in edited_by_hand(live)}) or writers(live)
