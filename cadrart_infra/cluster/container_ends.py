"""How a container ended, in words (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KILLED = 137
"""Exit code of a program that the kernel or the node killed (128 + SIGKILL)."""
_OF_MEMORY = "OOMKilled"
"""The node's reason where the kernel told it in time that the limit of memory was reached."""


def last_end(container: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """How a container ended that does not run, or its last run before this one; None where none has ended.

    `container`: its entry in the pod's `containerStatuses`.
    """
    ended: Mapping[str, Any] | None = container["state"].get("terminated")
    return ended or container.get("lastState", {}).get("terminated")


def how_it_ended(pod: Mapping[str, Any], name: str, ended: Mapping[str, Any]) -> str:
    """E.g. `ended with exit code 1`. `ended`: the `terminated` state of the pod's container of this name."""
    code = ended["exitCode"]
    if why := why_killed(pod, name, ended):
        return f"was killed (exit code {code}): {why}"
    return f"ended with exit code {code}"


def why_killed(pod: Mapping[str, Any], name: str, ended: Mapping[str, Any]) -> str:
    """Why a container was killed; empty where it ended by itself.

    The node's word is not enough: of a container that reached its limit of memory it often says `Error`, as it learns
    of the end before it learns of the reason.
    """
    reason, status = ended.get("reason"), pod.get("status", {})
    limit = f"it needed more memory than its limit{_limit(pod, name)}"
    if reason == _OF_MEMORY:
        return f"{limit} ({_OF_MEMORY})"
    if ended["exitCode"] != KILLED:
        return ""
    if status.get("reason"):  # the node removed the pod: Evicted, NodeShutdown
        return ": ".join(filter(None, (status["reason"], " ".join(status.get("message", "").split()))))
    return f"either {limit}, or it did not end in time when it was asked to"


def _limit(pod: Mapping[str, Any], name: str) -> str:
    spec = pod.get("spec", {})
    for container in (*spec.get("initContainers", []), *spec.get("containers", [])):
        if container.get("name") == name and (limit := container.get("resources", {}).get("limits", {}).get("memory")):
            return f" of {limit}"
    return ""
