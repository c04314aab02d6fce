"""A cluster that answers who runs a Job: one state of its pod after the other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cadrart_infra.cluster.kinds import DEPLOYMENT, EVENT, REPLICA_SET, Kind


class FakeCluster:
    """Answers a JobRunner: one state of the pod after the other, the last for ever."""

    namespace = "cadrart"

    def __init__(self, *states: dict[str, Any], log: str = "", job: dict[str, Any] | None = None) -> None:
        self._states: Iterator[dict[str, Any]] = iter(states)
        self._state: dict[str, Any] = {}
        self._log, self._job = log, job or {}
        self.calls: list[tuple[str, ...]] = []
        self.created: dict[str, Any] | None = None

    def run(self, *arguments: str, timeout: float = 30) -> str:
        self.calls.append(arguments)
        return self._log if arguments[0] == "logs" else ""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 21, 55, tzinfo=UTC)

    def create(self, manifest: dict[str, Any]) -> None:
        self.calls.append(("create", manifest["metadata"]["name"]))
        self.created = manifest

    def find(self, kind: Kind, name: str) -> dict[str, Any]:
        return {"kind": kind.name, "metadata": {"name": name}}

    def objects(self, *kinds: Kind, selector: str = "", fields: str = "") -> list[dict[str, Any]]:
        if DEPLOYMENT in kinds:
            return [_deployment(name) for name in ("db", "backend-blue", "frontend-blue")]
        if EVENT in kinds:
            return []
        if REPLICA_SET in kinds:
            return [_replica_set("db")]
        self._state = self._named(next(self._states, self._state))
        job = {"kind": "Job", "metadata": {"name": "cadrart-backup"}, "status": self._job}
        return (
            [job]
            if self._state is GONE
            else [job, {"kind": "Pod", "metadata": {"name": "cadrart-backup-x"}, "status": self._state}]
        )

    def _named(self, state: dict[str, Any]) -> dict[str, Any]:
        """The pod's own container has the name that the Job gives it."""
        statuses = state.get("containerStatuses")
        if statuses is None or self.created is None:
            return state
        name = self.created["spec"]["template"]["spec"]["containers"][0]["name"]
        return {**state, "containerStatuses": [{**one, "name": one["name"].replace("dump", name)} for one in statuses]}

    def verbs(self) -> list[str]:
        return [call[0] for call in self.calls]


def _deployment(name: str) -> dict[str, Any]:
    pod = {"containers": [{"image": f"shop/{name}:1.0.0", "imagePullPolicy": "Always"}]}
    return {"kind": "Deployment", "metadata": {"name": name, "uid": name}, "spec": {"template": {"spec": pod}}}


def _replica_set(deployment: str) -> dict[str, Any]:
    template = _deployment(deployment)["spec"]["template"]
    labels = {"io.kompose.service": deployment}
    metadata = {"name": f"{deployment}-1", "uid": "1", "labels": labels, "ownerReferences": [{"uid": deployment}]}
    return {"kind": "ReplicaSet", "metadata": metadata, "spec": {"replicas": 1, "template": template}}


def state(**state: Any) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "dump", "state": state}]}


GONE: dict[str, Any] = {}
DEADLINE = {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}
RUNNING, DONE = state(running={}), state(terminated={"exitCode": 0})
WAITING = state(waiting={"reason": "ImagePullBackOff", "message": "no such image"})


def pass_time_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes by the number of questions: ten seconds each."""
    clock = iter(range(0, 10**6, 10))
    monkeypatch.setattr("cadrart_infra.cluster.job_runner.time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("cadrart_infra.cluster.job_runner.time.sleep", lambda _: None)
