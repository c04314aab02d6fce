"""Reads Pulumi's state, and finds what in it would make the engine delete an object that is in use.

The engine deletes by name. A resource that is marked to be replaced (`pulumi state taint`) is made again first, which
finds its object there, and "the one before" is deleted when everything else is done: it is the same object. So is one
that the state has a second time, after `pulumi import` or `pulumi state rename`: the program does not declare that one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import tenacity
from pulumi.runtime.proto.resource_pb2 import ResourceInvokeRequest
from pulumi.runtime.settings import get_monitor

from cadrart_infra.engine.partial_update import VARIABLE
from cadrart_infra.engine.process import engine
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.user_errors import UserError

Resources = Mapping[str, Mapping[str, Any]]
"""The `type` and the `outputs` of each resource, by its URN."""

_KUBERNETES, _NAMESPACE = "kubernetes:", "kubernetes:core/v1:Namespace"
_EXPORT_SECONDS = 20
_BEING_WRITTEN = "failed to load checkpoint"
"""What the engine says where it reads a state in files at the moment in which it writes it: the update has begun to."""


class MarkedState(UserError):
    """The engine would delete an object that the program declares; nothing was changed."""


def state_resources() -> Resources:
    """The resources of the state, read through the engine; empty before the first update."""
    found: Resources = (_read() or {}).get("outputs") or {}
    return found


_once_it_is_written = tenacity.retry(
    retry=tenacity.retry_if_exception_message(match=f"(?s).*{_BEING_WRITTEN}"),
    stop=tenacity.stop_after_attempt(20),
    wait=tenacity.wait_fixed(0.1),
    reraise=True,
)
"""Reads the state again, for two seconds, where the engine is writing it at that moment."""


@_once_it_is_written
def _read() -> Any:
    return pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {"stackName": _stack()}).value


def start_dynamic_host() -> None:
    """Lets the engine start the host of our dynamic providers early, in parallel with other resources.

    It starts a plugin with the first request to it. This one the host cannot answer, and nobody waits for it.
    """
    request = ResourceInvokeRequest(tok="pulumi-python:dynamic:start")
    threading.Thread(target=_ask, args=(get_monitor(), request), daemon=True).start()


def _ask(monitor: Any, request: ResourceInvokeRequest) -> None:
    with contextlib.suppress(Exception):
        monitor.Invoke(request)


def recorded_objects(resources: Resources) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Each Kubernetes object as the provider found it after its last write, by kind and name.

    Beside the object's own fields it has `__fieldManager`, the name by which the provider writes it.
    """
    return {
        (one["type"].rpartition(":")[2], _name(urn)): one.get("outputs") or {}
        for urn, one in resources.items()
        if one["type"].startswith(_KUBERNETES)
    }


class Taints:
    """The tainted resources of the state; asked for at once, awaited when needed.

    Only Pulumi's command line knows them. Where it gives no answer, nobody can know.
    """

    def __init__(self) -> None:
        self._asked = _export()

    def urns(self) -> list[str]:
        """The URNs of the tainted resources; none where nobody can know."""
        try:
            return tainted(self._exported())
        except _NotExported:
            return []

    @_once_it_is_written
    def _exported(self) -> Any:
        """The exported state; raises _NotExported. Asks again from the second call on."""
        asked, self._asked = self._asked or _export(), None
        if asked is None:
            raise _NotExported("pulumi cannot be started")
        try:
            exported, said = asked.communicate(timeout=_EXPORT_SECONDS)
        except subprocess.TimeoutExpired:
            asked.kill()
            raise _NotExported(f"no answer within {_EXPORT_SECONDS} s") from None
        try:
            return json.loads(exported)
        except ValueError:
            raise _NotExported(said.decode(errors="replace")) from None


class _NotExported(Exception):
    """Pulumi's command line did not print the state; the text says why."""


def _export() -> subprocess.Popen[bytes] | None:
    """The running `pulumi stack export`; None if it cannot be started."""
    command = [engine().program, "--non-interactive", "--cwd", str(FOLDER), "stack", "export", "--stack", _stack()]
    with contextlib.suppress(OSError):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return None


def tainted(exported: Mapping[str, Any]) -> list[str]:
    """The tainted resources of an exported state, by URN."""
    resources = (exported.get("deployment") or {}).get("resources") or []
    return [str(one["urn"]) for one in resources if one.get("taint")]


def require_unmarked(resources: Resources, marked: list[str]) -> None:
    """Raises MarkedState if the engine would delete an object that the program declares."""
    problems = [
        *map(_marked, marked),
        *_doubles(resources),
    ]
    if problems and os.environ.get(VARIABLE) != "yes":
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise MarkedState(
            "Pulumi's state would have objects of the shop deleted by this update, production's as well; nothing was "
            f"changed.\n{lines}\n  To do it at your own risk: {VARIABLE}=yes"
        )


def _marked(urn: str) -> str:
    return (
        f"{_name(urn)} is marked to be replaced. Take the mark away: pulumi state untaint '{urn}' (new pods of a "
        "Deployment come with kubectl rollout restart)"
    )


def _doubles(resources: Resources) -> Iterator[str]:
    """Resources whose object is in the state twice, or under another name."""
    seen: set[tuple[str, ...]] = set()
    by_depth = sorted(resources.items(), key=lambda one: -one[0].count("$"))  # the program's own have parents
    for urn, one in by_depth:
        metadata = one["outputs"].get("metadata") if one["type"].startswith(_KUBERNETES) else None
        if not isinstance(metadata, Mapping) or one["type"] == _NAMESPACE or "name" not in metadata:
            continue
        this = (one["type"], str(metadata.get("namespace")), str(metadata["name"]))
        if this in seen or _name(urn) != this[2]:
            yield _renamed(urn, this[2]) if _is_renamed(urn, this[2], resources) else _forgotten(urn, this[2])
        seen.add(this)


def _is_renamed(urn: str, name: str, resources: Resources) -> bool:
    """Whether it is the program's own, with a parent, by another name: the engine lets go of none that others need."""
    return "$" in urn and f"{urn.rpartition('::')[0]}::{name}" not in resources


def _renamed(urn: str, name: str) -> str:
    return (
        f"{name} was renamed in the state to {_name(urn)}. Name it as it was: pulumi state rename --yes '{urn}' {name}"
    )


def _forgotten(urn: str, name: str) -> str:
    return (
        f"{name} is in the state as {_name(urn)} too, which the program does not declare. Forget that one, "
        f"the object stays: pulumi state unprotect --yes '{urn}'; pulumi state delete '{urn}'"
    )


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _stack() -> str:
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
