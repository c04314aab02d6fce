"""Reports why new pods are not ready yet, while an update still waits for them."""

import contextvars
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pulumi

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, EVENT, POD, REPLICA_SET, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ready, of_deployment, what_keeps_pods
from cadrart_infra.drift.declared_objects import Edits
from cadrart_infra.live import is_rolled_out
from cadrart_infra.promotion.pod_diagnosis import logs_command, warnings_of
from cadrart_infra.terminal import Say

_EVERY = 3.0
"""Seconds between two checks."""
_LASTING = 2
"""A problem is reported after so many checks in a row: a starting node or a write under way is none."""
_MOST = 8
"""Most reports for one Deployment; a crashing pod gives another reason each time."""
_WITH_A_CAUSE = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
"""Events that are needed to explain why containers do not start; a failed probe is not."""


@dataclass(frozen=True)
class SlowPods:
    """Watches a Deployment from just before its write, for `wait` seconds.

    `edits`: finds what somebody changed of it since. `began`: the start of the update by the API server's clock.
    """

    wait: float
    kubectl: Kubectl
    began: datetime
    edits: Edits
    say: Say

    def hook(self, name: str) -> pulumi.ResourceHook:
        """A hook that starts to watch a Deployment before it is written."""
        return pulumi.ResourceHook(name, lambda args: self.begin(args.name))

    def begin(self, deployment: str) -> None:
        """Watches in a thread, which ends with the program at the latest."""
        within = contextvars.copy_context()  # which has the engine that is logged to
        threading.Thread(target=within.run, args=(self.watch, deployment), name="slow-pods", daemon=True).start()

    def watch(self, deployment: str) -> None:
        """Reports each problem once; returns when the update's pods are ready, or the time is up."""
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
                self.say(
                    f"{deployment} is not ready yet: {new}\n  It is waited for, {self.wait:g} s at most. What its pods "
                    f"print: {logs_command(self.kubectl.namespace, deployment)}"
                )


class _Look:
    """Checks one Deployment; `ended` once it has been seen to roll and is rolled out."""

    def __init__(self, kubectl: Kubectl, deployment: str, began: datetime, edits: Edits) -> None:
        self._kubectl, self._name, self._began, self._edits = kubectl, deployment, began, edits
        self._rolled = False
        self.ended = False

    def problems(self) -> list[str]:
        """Why its pods are not ready; empty before it begins to roll. Raises ClusterError."""
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
        yield from (text for reason, text in warnings.items() if reason in _WITH_A_CAUSE)
