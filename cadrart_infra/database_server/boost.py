"""Boost: raises the server pod's CPU and memory limits in place while a sync, backup, restore or migration runs.

The pod is not restarted (`kubectl patch pod … --subresource resize`, Kubernetes 1.33 and newer), and its Deployment's
template stays as it is. What the limits were is noted on the pod before they are raised, so that the next update knows
of a run that was killed, and puts them back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.conditions import condition_of
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import POD, annotations_of
from cadrart_infra.cluster.kubectl import Kubectl, document_of
from cadrart_infra.cluster.pods import Pod, is_ending, is_ready
from cadrart_infra.cluster.quantities import amount, is_larger
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.database_server.state import limits_before, read_server
from cadrart_infra.terminal import Say

Limits = Mapping[str, str]
"""`cpu` and `memory` of the server's container; one that has no limit is left out."""

_APPLIED_SECONDS = 20
_PAUSE = 0.25


@dataclass(frozen=True)
class Boost:
    """The raised limits; an empty one stays as it is."""

    cpu: str = ""
    memory: str = ""

    def as_text(self) -> str:
        """For the Deployment's annotation, where every program that works on the database reads it."""
        return json.dumps({"cpu": self.cpu, "memory": self.memory})

    @staticmethod
    def parse(text: str) -> Boost:
        """From the annotation; no boost where there is none."""
        try:
            noted = json.loads(text or "{}")
            return Boost(str(noted.get("cpu", "")), str(noted.get("memory", "")))
        except (ValueError, AttributeError):
            return Boost()

    def raised(self, now: Limits) -> dict[str, str]:
        """Those limits that it raises, with the new values; no limit is lowered, and none is made."""
        wanted = {"cpu": self.cpu, "memory": self.memory}
        return {
            kind: value for kind, value in wanted.items() if value and kind in now and amount(value) > amount(now[kind])
        }


class ResizeRefused(Exception):
    """The limits cannot be changed in place; the text says why."""


@contextlib.contextmanager
def boosted(kubectl: Kubectl, say: Say) -> Iterator[None]:
    """Raises the limits while the block runs, by the Deployment's annotation; if it cannot, says why, once."""
    raised = _raise(kubectl, say)
    try:
        yield
    finally:
        if raised:
            put_back(kubectl, say)


def put_back(kubectl: Kubectl, say: Say) -> None:
    """Restores the limits of a pod; safe to repeat."""
    try:
        for pod in read_server(kubectl).pods:
            if (before := limits_before(pod)) and not is_ending(pod):
                _resize(kubectl, pod, before)
                _note(kubectl, pod, None)
                say(f"database server: limits are {_shown(before)} again")
    except (ClusterError, ResizeRefused) as error:
        say(f"database server: its limits could not be put back: {error}. The next pulumi up tries again")


def limits_of(pod: Pod) -> Limits:
    """The limits of the server's container."""
    found: Limits = _container(pod["spec"]["containers"]).get("resources", {}).get("limits", {})
    return {kind: value for kind, value in found.items() if kind in ("cpu", "memory")}


def _raise(kubectl: Kubectl, say: Say) -> bool:
    """Whether there is something to put back."""
    try:
        state = read_server(kubectl)
        annotations = annotations_of(state.deployment) if state.deployment else {}
        boost, pod = Boost.parse(annotations.get(naming.BOOST, "")), next(filter(is_ready, state.pods), None)
        if pod is None:
            return False
        before = {**limits_of(pod), **limits_before(pod)}
        raised = boost.raised(before)
        if not raised:
            return bool(limits_before(pod))
        _note(kubectl, pod, {kind: before[kind] for kind in raised})
    except ClusterError as error:
        say(f"database server: runs with the limits that it has: {error}")
        return False
    try:
        wanted = _within_node(kubectl, pod, raised)
        _resize(kubectl, pod, wanted)
    except (ClusterError, ResizeRefused) as error:
        say(f"database server: its limits cannot be raised here, so it runs with {_shown(before)}: {error}")
        if isinstance(error, ClusterError):  # nothing was written
            _forget(kubectl, pod)
            return False
    else:
        say(f"database server: limits are {_shown(wanted)} meanwhile")
    return True


def _forget(kubectl: Kubectl, pod: Pod) -> None:
    with contextlib.suppress(ClusterError):
        _note(kubectl, pod, None)


def _resize(kubectl: Kubectl, pod: Pod, limits: Limits) -> None:
    """Changes the limits, and returns when they apply; raises ResizeRefused or ClusterError where they do not."""
    name = pod["metadata"]["name"]
    change = {"spec": {"containers": [{"name": naming.DATABASE, "resources": {"limits": dict(limits)}}]}}
    how = ("--subresource=resize", "--type=strategic", "--patch-file=/dev/stdin")
    kubectl.run("patch", "pod", name, *how, stdin=json.dumps(change))
    now = look_until(
        lambda seen: _applied(seen, limits) or bool(_not_possible(seen)),
        lambda: kubectl.find(POD, name) or pod,
        _APPLIED_SECONDS,
        _PAUSE,
    )
    if not _applied(now, limits):
        raise ResizeRefused(_not_possible(now) or f"they did not apply within {_APPLIED_SECONDS} s")


def _applied(pod: Pod, limits: Limits) -> bool:
    """Whether the limits apply and no earlier resize is pending."""
    if pod.get("status", {}).get("observedGeneration", 0) < pod["metadata"].get("generation", 0):
        return False
    status = _container(pod.get("status", {}).get("containerStatuses", []))
    now = status.get("resources", {}).get("limits", {})
    return all(kind in now and amount(now[kind]) == amount(value) for kind, value in limits.items())


def _not_possible(pod: Pod) -> str:
    said = condition_of(pod, "PodResizePending")
    why = said.get("message", said.get("reason", "the node does not allow it"))
    return str(why) if said.get("status") == "True" else ""


def _within_node(kubectl: Kubectl, pod: Pod, limits: Limits) -> Limits:
    """No more than the node has; where nodes may not be read, the cluster alone decides."""
    try:
        node = document_of(kubectl.ask(f"/api/v1/nodes/{pod['spec']['nodeName']}"))
    except ClusterError:
        return limits
    has = node["status"]["allocatable"]
    return {kind: has[kind] if is_larger(value, has[kind]) else value for kind, value in limits.items()}


def _note(kubectl: Kubectl, pod: Pod, before: Limits | None) -> None:
    """Notes on the pod what its limits were; None: nothing is left to put back."""
    text = None if before is None else json.dumps(dict(before))
    change = {"metadata": {"annotations": {naming.LIMITS_BEFORE: text}}}
    name = pod["metadata"]["name"]
    kubectl.run("patch", "pod", name, "--type=merge", "--patch-file=/dev/stdin", stdin=json.dumps(change))


def _container(found: list[dict[str, Any]]) -> dict[str, Any]:
    return next((one for one in found if one["name"] == naming.DATABASE), {})


def _shown(limits: Limits) -> str:
    return ", ".join(f"{kind} {value}" for kind, value in limits.items()) or "none"
