"""What keeps new pods from getting ready, told while an update waits for them: it ends with its time, not before."""

import contextvars
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pulumi

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, EVENT, POD, REPLICA_SET
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ready, of_deployment, what_keeps_pods
from cadrart_infra.drift.declared_objects import Edits
from cadrart_infra.live import is_rolled_out
from cadrart_infra.promotion.troubles import warnings_of
from cadrart_infra.terminal import Say

_EVERY = 3.0
"""Seconds between two looks."""
_LASTING = 2
"""Looks in a row at which it has to be so: a node that is just being made, or a write that is under way, is neither."""
_MOST = 8
"""Texts of one Deployment; a pod that goes on ending says something else each time."""
_TELLING = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
"""Warnings without which the pod alone does not say why its containers do not start. A probe that fails is none."""

Object = Mapping[str, Any]


@dataclass(frozen=True)
class SlowPods:
    """Looks at a Deployment from the moment at which it is about to be written, for `wait` seconds.

    `edits`: what somebody changed of it since. `began`: when the update did, by the API server's clock.
    """

    wait: float
    kubectl: Kubectl
    began: datetime
    edits: Edits
    say: Say

    def hook(self, name: str) -> pulumi.ResourceHook:
        """Begins to look before a Deployment is written."""
        return pulumi.ResourceHook(name, lambda args: self.begin(args.name))

    def begin(self, deployment: str) -> None:
        """Looks beside everything else, until the program ends at the latest."""
        within = contextvars.copy_context()  # which has the engine that is logged to
        threading.Thread(target=within.run, args=(self.watch, deployment), name="slow-pods", daemon=True).start()

    def watch(self, deployment: str) -> None:
        """Says each thing once, and returns when the pods are ready that the update wrote, or the time is up."""
        look, seen, said = _Look(self.kubectl, deployment, self.began, self.edits), dict[str, int](), set[str]()
        pause = threading.Event()
        for _ in range(int(self.wait / _EVERY)):
            pause.wait(_EVERY)
            try:
                problems = look.problems()
            except ClusterError:
                continue  # nobody could be asked: that says nothing
            if look.ended or len(said) >= _MOST:
                return
            seen = {problem: seen.get(problem, 0) + 1 for problem in problems}
            for new in (one for one, times in seen.items() if times >= _LASTING and one not in said):
                said.add(new)
                self.say(f"{deployment} is not ready yet: {new}\n  It is waited for, {self.wait:g} s at most.")


class _Look:
    """The looks at one Deployment; `ended` when it has new pods since the first one, all of them ready."""

    def __init__(self, kubectl: Kubectl, deployment: str, began: datetime, edits: Edits) -> None:
        self._kubectl, self._name, self._began, self._edits = kubectl, deployment, began, edits
        self._rolled = False
        self.ended = False

    def problems(self) -> list[str]:
        """What keeps its pods; none while nothing is known to be new. Raises ClusterError."""
        live = self._kubectl.find(DEPLOYMENT, self._name)
        if live is None:
            return []
        if is_rolled_out(live):
            self.ended = self._rolled
            return []
        self._rolled = True
        return list(dict.fromkeys(self._of(live)))

    def _of(self, live: Object) -> Iterator[str]:
        selector = of_deployment(self._name)
        sets = self._kubectl.objects(REPLICA_SET, selector=selector)
        pods = [pod for pod in self._kubectl.objects(POD, selector=selector) if not is_ready(pod)]
        yield from self._edits([live])
        yield from what_keeps_pods(live, sets, pods)
        names = {pod["metadata"]["name"] for pod in pods}
        warnings = warnings_of(self._kubectl.objects(EVENT, fields="type=Warning"), names, self._began)
        yield from (text for reason, text in warnings.items() if reason in _TELLING)
