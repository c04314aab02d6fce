"""What keeps new pods is reported while they are waited for, once, and what is over at the next look is not."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, EVENT, POD, REPLICA_SET, Kind
from cadrart_infra.promotion import slow_pods
from cadrart_infra.promotion.slow_pods import SlowPods

Object = dict[str, Any]
BEGAN = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
SILENT = object()
NO_NODE = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
NOT_MOUNTED = {
    "involvedObject": {"name": "backend-blue-2"},
    "reason": "FailedMount",
    "message": 'secret "x" not found',
    "lastTimestamp": "2026-01-01T10:01:00Z",
}
PROBED = {**NOT_MOUNTED, "reason": "Unhealthy", "message": "Startup probe failed"}


def pod(*conditions: Object) -> Object:
    return {"kind": "Pod", "metadata": {"name": "backend-blue-2"}, "status": {"conditions": list(conditions)}}


class Cluster:
    """At each look the Deployment's newest pod is this one; none: it is as before the write, or ready since."""

    namespace = "cadrart"

    def __init__(self, looks: Iterator[Any], events: list[Object]) -> None:
        self._looks, self._events, self._pod = looks, events, None

    def find(self, _kind: Kind, name: str) -> Object:
        self._pod = next(self._looks)
        if self._pod is SILENT:
            raise ClusterError("connection refused")
        ready = 0 if self._pod else 1
        status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": ready}
        return {"metadata": {"name": name, "generation": 1, "uid": "u"}, "spec": {"replicas": 1}, "status": status}

    def objects(self, kind: Kind, **_asked: str) -> list[Any]:
        found: dict[Kind, list[Any]] = {POD: [self._pod], EVENT: self._events, REPLICA_SET: [], DEPLOYMENT: []}
        return found[kind]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_pods, "_EVERY", 0.001)


def reported(*looks: Any, events: tuple[Object, ...] = (), edits: tuple[str, ...] = ()) -> list[str]:
    said: list[str] = []
    rest = iter([*looks, *[None] * 1000])
    SlowPods(0.05, Cluster(rest, list(events)), BEGAN, lambda _: list(edits), said.append).watch("backend-blue")  # type: ignore[arg-type]
    return said


def test_why_no_node_takes_a_pod_is_reported_once() -> None:
    (said,) = reported(None, *[pod(NO_NODE)] * 5)
    assert said.startswith("backend-blue is not ready yet: 0/1 nodes are available\n  It is waited for, ")
    assert said.endswith("kubectl -n cadrart logs -l io.kompose.service=backend-blue --prefix --tail=20")


@pytest.mark.parametrize(
    "looks", [(pod(NO_NODE), pod(), pod()), (pod(NO_NODE), None), (None, None), (pod(NO_NODE), SILENT)]
)
def test_what_is_over_at_the_next_look_is_not_reported(looks: tuple[Any, ...]) -> None:
    assert reported(*looks) == []


def test_what_somebody_changed_comes_first_and_a_failing_probe_is_no_news() -> None:
    said = reported(*[pod()] * 3, events=(NOT_MOUNTED, PROBED), edits=("deployment/backend-blue was changed",))
    assert [one.partition(": ")[2].splitlines()[0] for one in said] == [
        "deployment/backend-blue was changed",
        'secret "x" not found',
    ]


def test_it_ends_when_the_new_pods_are_ready() -> None:
    looks = iter([pod(), None, pod(NO_NODE), pod(NO_NODE)])
    said: list[str] = []
    SlowPods(1, Cluster(looks, []), BEGAN, lambda _: [], said.append).watch("backend-blue")  # type: ignore[arg-type]
    assert said == []
    assert len(list(looks)) == 2


def test_it_looks_beside_the_update() -> None:
    said = threading.Event()
    cluster = Cluster(iter([pod(NO_NODE)] * 100), [])
    SlowPods(0.1, cluster, BEGAN, lambda _: [], lambda _: said.set()).begin("backend-blue")  # type: ignore[arg-type]
    assert said.wait(5)
