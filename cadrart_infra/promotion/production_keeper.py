"""Keeps production's objects alive during a switch: recreates Services and Deployments that somebody deletes."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, SERVICE, Object, key_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.drift.provider_write import as_provider_writes
from cadrart_infra.drift.terminating import terminating_objects
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_EVERY = 1.0
"""Seconds between two checks."""

Maker = Callable[[Object], None]


class ProductionKeeper:
    """Checks every second whether Services and Deployments exist, and recreates deleted ones as last seen.

    Nothing else would until the traffic is switched: the gate would wait for a production that nobody serves, the
    engine for pods that nobody makes.

    `keys`: the objects to keep, e.g. `service/db`. `objects`: these as they were when the update began. `say` gets a
    line for each that is recreated, or cannot be. `makers`: for objects that are recreated by more than a write.
    """

    def __init__(
        self,
        kubectl: Kubectl,
        keys: Collection[str],
        objects: Iterable[Object],
        say: Say,
        makers: Mapping[str, Maker] = MappingProxyType({}),
    ) -> None:
        self._kubectl, self._say, self._keys, self._makers = kubectl, say, keys, makers
        self._seen = {key: item for item in objects if (key := key_of(item)) in keys}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._problems: list[str] = []

    def start(self) -> None:
        """Checks in a thread until `stop`, or until the program ends."""
        if self._keys and self._thread is None:
            within = contextvars.copy_context()  # which has the engine that is logged to
            self._thread = threading.Thread(target=within.run, args=(self._run,), name="production-keeper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the checks: after the switch of the traffic, the objects of before are no longer wanted."""
        self._ended.set()
        if self._thread:
            self._thread.join()

    def problems(self) -> list[str]:
        """The objects that are gone or terminating and could not be recreated, as of the last check."""
        return self._problems

    def check(self) -> None:
        """Checks once and recreates what is missing."""
        try:
            found = {key_of(item): item for item in self._kubectl.objects(SERVICE, DEPLOYMENT, timeout=5)}
        except ClusterError:
            return  # nobody could be asked: that says nothing
        ours = {key: item for key, item in found.items() if key in self._keys}
        self._seen |= ours
        gone = [key for key in self._seen if key not in ours]
        problems = [*terminating_objects(list(ours.values())), *filter(None, map(self._make, gone))]
        for new in (one for one in problems if one not in self._problems):
            self._say(new)
        self._problems = problems

    def _make(self, key: str) -> str:
        """Recreates an object; returns why not, or an empty text."""
        try:
            self._makers.get(key, self._write)(self._seen[key])
        except UserError as error:
            return f"{key} was deleted while the update ran, and cannot be made again: {error}"
        self._say(f"{key} was deleted while the update ran; it was made again as it was.")
        return ""

    def _write(self, seen: Object) -> None:
        manifest, writer = as_provider_writes(seen, seen["spec"])
        self._kubectl.apply(manifest, manager=writer)

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            self.check()
