"""The requests to the cluster that a restart of the server consists of."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.admission import Admission
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import Pod
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.database_server.errors import NoAnswer
from cadrart_infra.database_server.placement import ask_for_node
from cadrart_infra.database_server.pod_admission import ask_for_pod
from cadrart_infra.database_server.pods import answers_queries, is_hopeless, why_not_serving
from cadrart_infra.database_server.state import (
    DEPLOYMENT_KEY,
    SELECTOR,
    Journal,
    ServerState,
    read_server,
    refusal_of_pod,
)
from cadrart_infra.model import PROGRAM
from cadrart_infra.mysql.root_client import RootClient

_PAUSE = 0.5
"""Seconds between two looks."""
_REFUSED_SECONDS = 12
"""How long the cluster may refuse to make a pod: a webhook may be away for a moment, or a quota still count the former
pod. Within this the cluster has tried ten times, and then it tries less and less often."""
_FIRST_START_SECONDS = 600
"""An empty volume is prepared first, and at the live limit of a tenth of a core that takes minutes."""
_HOPE_SECONDS = 60
"""Of such a start: a registry, or an object that is just being made, may need a moment."""
_ASKING_SECONDS = 5
_REMOVAL_SECONDS = 180
_SEEN_SECONDS = 30
_UPGRADE_SECONDS = 3600


class Control:
    """Changes the Deployment `db` and waits for its pods; everything raises ClusterError where the cluster refuses."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl

    def read(self) -> ServerState:
        """Reads the server's state, after the cluster has acted on the last write to the Deployment."""
        return look_until(_is_seen, lambda: read_server(self._kubectl), _SEEN_SECONDS, _PAUSE)

    def note(self, journal: Journal) -> None:
        """Writes the journal of a restart, before the step that it names."""
        self._patch({"metadata": {"annotations": {naming.RESTART_JOURNAL: journal.as_text()}}})

    def release(self) -> None:
        """Unpauses the Deployment, so that the waiting template gets pods."""
        self._patch({"spec": {"paused": False}})

    def hold(self) -> None:
        """Pauses the Deployment, so that changes of its template wait."""
        self._patch({"spec": {"paused": True}})

    def make_pod_again(self) -> None:
        """The pod of a server that somebody scaled down, or that the cluster has refused.

        It tries at once; by itself it may wait a quarter of an hour.
        """
        self._patch({"spec": {"replicas": 0}})
        self.read()
        self._patch({"spec": {"replicas": 1}})

    def ask_for_pod(self, state: ServerState) -> Admission:
        """Whether the cluster would make a pod of the template that waits; one that refuses is asked for seconds."""
        assert state.deployment is not None
        template = state.deployment["spec"]["template"]
        ask = partial(ask_for_pod, self._kubectl, state, template)
        return look_until(lambda admission: not admission.refused, ask, _ASKING_SECONDS, 1)

    def ask_for_node(self, state: ServerState) -> Admission:
        """Whether a node would take that pod."""
        assert state.deployment is not None
        return ask_for_node(self._kubectl, state, state.deployment["spec"]["template"])

    def remove(self, replica_set: str) -> None:
        """Removes a ReplicaSet, and returns when its pods have ended."""
        arguments = ("--cascade=foreground", "--ignore-not-found", f"--timeout={_REMOVAL_SECONDS}s")
        self._kubectl.run("delete", "replicaset", replica_set, *arguments, timeout=_REMOVAL_SECONDS + 10)

    def exchange_pods(self) -> None:
        """Removes the pods, and returns when they have ended; the cluster makes others of the same template."""
        arguments = (f"--selector={SELECTOR}", "--wait", f"--timeout={_REMOVAL_SECONDS}s")
        self._kubectl.run("delete", "pods", *arguments, timeout=_REMOVAL_SECONDS + 10)

    def wait_for_start(self, seconds: float = 0) -> None:
        """Returns when any pod answers a query; raises NoAnswer after ten minutes, or `seconds` where that is more."""
        self.wait_for_answer(lambda _state, _pod: True, max(seconds, _FIRST_START_SECONDS), _HOPE_SECONDS)

    def wait_for_answer(self, counts: Callable[[ServerState, Pod], bool], seconds: float, hope: float = 0) -> None:
        """Returns when one of the pods that count answers a query; raises NoAnswer after so many seconds.

        Also `hope` seconds after waiting has ceased to make sense: while production is down none are to lose. Of a pod
        that the cluster refuses to make, some seconds are always left.
        """
        begun = hopeful = time.monotonic()
        while True:
            state = self.read()
            pods = [pod for pod in state.pods if counts(state, pod)]
            if any(answers_queries(self._kubectl, pod) for pod in pods):
                return
            now, refused = time.monotonic(), refusal_of_pod(state)
            is_stuck = bool(refused) or any(map(is_hopeless, pods))
            if not is_stuck:
                hopeful = now
            longest = max(hope, _REFUSED_SECONDS) if refused else hope
            if now - begun > seconds or (is_stuck and now - hopeful >= longest):
                raise NoAnswer(why_not_serving(self._kubectl, pods, refused))
            time.sleep(_PAUSE)

    def upgrade_tables(self) -> None:
        """See `RootClient.upgrade_tables`; raises a DatabaseError besides."""
        root_of(self._kubectl, _UPGRADE_SECONDS).upgrade_tables()

    def keep_settings(self, state: ServerState, data: Mapping[str, str]) -> None:
        """The ConfigMap with the server's settings file has this data; it goes with the Deployment."""
        assert state.deployment is not None
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": naming.DATABASE}
        manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": naming.SERVER_SETTINGS,
                "labels": naming.DATABASE_LABELS,
                "ownerReferences": [{**owner, "uid": state.deployment["metadata"]["uid"]}],
            },
            "data": dict(data),
        }
        self._kubectl.apply(manifest, manager=PROGRAM)

    def root(self) -> RootClient:
        """Root on the server that runs."""
        return root_of(self._kubectl)

    def _patch(self, change: Mapping[str, Any]) -> None:
        self._kubectl.run("patch", DEPLOYMENT_KEY, "--type=merge", "--patch-file=/dev/stdin", stdin=json.dumps(change))


def _is_seen(state: ServerState) -> bool:
    """Whether the cluster's controller has acted on what the Deployment says."""
    deployment = state.deployment
    if deployment is None:
        return True
    seen = deployment.get("status", {}).get("observedGeneration", 0)
    return bool(seen >= deployment["metadata"].get("generation", 0))
