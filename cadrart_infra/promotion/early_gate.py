"""Begins the gate when the cluster shows the new pods ready, some tenths of a second before the engine sees it."""

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.live import is_rolled_out
from cadrart_infra.promotion.rollout_status import existing_deployments
from cadrart_infra.promotion.shared_check import SharedCheck

_PAUSE = 0.1
"""Seconds between two looks."""


@dataclass
class EarlyGate:
    """Waits for Deployments that an update rolls, `seconds` at most; what it misses, the gate waits for itself."""

    gate: SharedCheck
    kubectl: Kubectl
    former: Mapping[str, Mapping[str, Any]]
    """The pod template that each of the Deployments has before the update."""
    seconds: float
    _thread: threading.Thread | None = field(default=None, init=False)

    def begin(self) -> None:
        """Looks in a thread, which ends with the program at the latest; the first call counts."""
        if self._thread is None:
            self._thread = threading.Thread(target=self.watch, name="early-gate", daemon=True)
            self._thread.start()

    def watch(self) -> None:
        """Begins the gate when all have rolled."""
        with contextlib.suppress(ClusterError):
            if look_until(bool, self._have_rolled, self.seconds, _PAUSE):
                self.gate.begin()

    def _have_rolled(self) -> bool:
        found = existing_deployments(self.kubectl, self.former)
        return len(found) == len(self.former) and all(
            is_rolled_out(live) and live["spec"]["template"] != self.former[name] for name, live in found.items()
        )
