"""What the API server says of a Job and of its pod (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.conditions import condition_holds, condition_of
from cadrart_infra.cluster.pods import Pod, why_unscheduled


def container_statuses(pod: Pod) -> list[Mapping[str, Any]]:
    """What the cluster says of the pod's containers, in the order in which they run."""
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def started_containers(pod: Pod) -> list[str]:
    """The names of the containers that run, or have run."""
    return [
        str(step["name"])
        for step in container_statuses(pod)
        if {"running", "terminated"} & step.get("state", {}).keys()
    ]


def failed_container(pod: Pod) -> tuple[str, Mapping[str, Any]] | None:
    """The first container that ended with an error: its name, and how the node says that it ended."""
    ended = ((str(one["name"]), one.get("state", {}).get("terminated")) for one in container_statuses(pod))
    return next(((name, state) for name, state in ended if state and state["exitCode"]), None)


def waits_for(pod: Pod) -> Mapping[str, Any]:
    """What the next container waits for."""
    states = (one.get("state", {}) for one in container_statuses(pod))
    found: Mapping[str, Any] = next((state["waiting"] for state in states if "waiting" in state), {})
    return found


def why_waiting(pod: Pod) -> str:
    """Why no node takes the pod, or why its next container does not run; empty where nothing is said of either."""
    return why_unscheduled(pod) or ": ".join(
        filter(None, (waits_for(pod).get("reason"), waits_for(pod).get("message")))
    )


def failed_for(job: Mapping[str, Any], reason: str) -> bool:
    """Whether the Job failed, or will when its pod has ended; for this reason, unless that is empty."""
    failures = [condition_of(job, kind) for kind in ("Failed", "FailureTarget") if condition_holds(job, kind)]
    return any(reason in ("", one.get("reason")) for one in failures)
