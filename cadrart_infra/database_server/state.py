"""The state of the database server in the cluster, and what an update has to do (pure, except `read_server`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    Object,
    annotations_of,
    labels_of,
    object_named,
    of_kind,
)
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import owners_of, refusal_of_pods, selector_of
from cadrart_infra.database_server.template import requested_restart
from cadrart_infra.server_variables import Variables, described_changes, moved_lines, moved_on_server, untried_changes

_REVISION = "deployment.kubernetes.io/revision"
DEPLOYMENT_KEY = f"deployment/{naming.DATABASE}"
"""As kubectl names the Deployment, and its pod where a command runs in it."""
SELECTOR = selector_of(naming.DATABASE_LABELS)
"""Of the server's pods and ReplicaSets, and of the ConfigMap with its settings."""

CUT_OFF = "its last start or restart was cut off"
NO_POD = "the cluster refuses its pod"
LIMITS_LEFT = "its limits are still raised for a sync, backup, restore or migration that was cut off"


@dataclass(frozen=True)
class WantedServer:
    """What the stack asks for: its database.restart, its database.restartTimeout (seconds), its database.settings."""

    restart: str
    timeout: int
    settings: Variables


class Phase(StrEnum):
    """How far a start or restart has come; it is noted in the cluster, so that a killed one is known."""

    NONE = ""
    STARTING = "starting"
    """The first start, before which nothing ran."""
    RESTARTING = "restarting"
    UNDOING = "undoing"
    FAILED = "failed"
    """The server before it runs again."""


@dataclass(frozen=True)
class Journal:
    """The journal of the last restart. `before`: the name of the former ReplicaSet."""

    phase: Phase = Phase.NONE
    request: str = ""
    before: str = ""

    def as_text(self) -> str:
        """The value of the Deployment's annotation, as JSON."""
        return json.dumps({"phase": self.phase.value, "request": self.request, "before": self.before})

    @staticmethod
    def parse(text: str) -> Journal:
        """From the annotation; an empty one where nothing, or nothing readable, is noted."""
        try:
            noted = json.loads(text or "{}")
            return Journal(Phase(noted.get("phase", "")), str(noted.get("request", "")), str(noted.get("before", "")))
        except (ValueError, AttributeError):
            return Journal()


@dataclass(frozen=True)
class ServerState:
    """The Deployment `db`, its ReplicaSets and its pods."""

    deployment: Mapping[str, Any] | None = None
    replica_sets: tuple[Mapping[str, Any], ...] = ()
    """The newest revision first."""
    pods: tuple[Mapping[str, Any], ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Data of the ConfigMap with the server's settings file (see `server_variables`); empty where there is none."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the server itself says of the stack's variables; empty where it was not asked."""

    @property
    def paused(self) -> bool:
        """Whether a changed template waits."""
        return bool(self.deployment and self.deployment["spec"].get("paused"))

    @property
    def scaled_down(self) -> bool:
        """Whether the Deployment is to have no pod."""
        return bool(self.deployment and self.deployment["spec"].get("replicas") == 0)

    @property
    def journal(self) -> Journal:
        """What the last restart noted."""
        annotations = annotations_of(self.deployment) if self.deployment else {}
        return Journal.parse(annotations.get(naming.RESTART_JOURNAL, ""))

    @property
    def running(self) -> Mapping[str, Any] | None:
        """The ReplicaSet that has pods, or is to have; None where the server was never started, or is scaled down."""
        return next((one for one in self.replica_sets if one["spec"].get("replicas")), None)

    @property
    def template(self) -> Mapping[str, Any] | None:
        """What the server's pod was made from."""
        running = self.running
        template: Mapping[str, Any] | None = running["spec"]["template"] if running else None
        return template


def server_of(found: Iterable[Object]) -> ServerState:
    """What these Deployments, ReplicaSets and Pods say; those of other programs do not count."""
    objects = list(found)
    deployment = object_named(DEPLOYMENT, naming.DATABASE, objects)
    uid = deployment["metadata"].get("uid") if deployment else None
    # Those of a Deployment that was deleted with --cascade=orphan have no owner, until the next one takes them over.
    sets = [one for one in of_kind(REPLICA_SET, objects) if _is_labelled(one) and (owners_of(one) or {uid}) == {uid}]
    pods = [one for one in of_kind(POD, objects) if {_uid(owner) for owner in sets} & owners_of(one)]
    kept = object_named(CONFIG_MAP, naming.SERVER_SETTINGS, objects) or {}
    newest_first = tuple(sorted(sets, key=_revision, reverse=True))
    return ServerState(deployment, newest_first, tuple(pods), kept.get("data") or {})


def read_server(kubectl: Kubectl) -> ServerState:
    """What the cluster says; raises ClusterError where it does not answer."""
    named = kubectl.objects(DEPLOYMENT, fields=f"metadata.name={naming.DATABASE}")
    return server_of([*named, *kubectl.objects(REPLICA_SET, POD, CONFIG_MAP, selector=SELECTOR)])


def due(state: ServerState, wanted: WantedServer) -> list[str]:
    """Why an update has to start, restart, change or recover the server; empty if it has not."""
    if is_cut_off(state):
        return [CUT_OFF]
    if state.running is None:
        return ["it does not run"]
    if refusal_of_pod(state):
        return [NO_POD]
    if is_asked_for(state, wanted.restart):
        return [f"database.restart is {wanted.restart}"]
    changed = described_changes(state.settings, untried_changes(state.settings, wanted.settings))
    away = moved_lines(moved_on_server(state.settings, wanted.settings, state.variables), state.variables)
    reasons = [f"database.settings: {line}" for line in (*changed, *away)]
    return [*reasons, *([LIMITS_LEFT] if any(limits_before(pod) for pod in state.pods) else [])]


def refusal_of_pod(state: ServerState) -> str:
    """Why the cluster makes no pod for the server, in its words; empty if there is one, or one is coming."""
    if state.running is None or state.running.get("status", {}).get("replicas"):
        return ""
    return refusal_of_pods(state.running)


def limits_before(pod: Mapping[str, Any]) -> Mapping[str, str]:
    """The limits from before a boost that runs or was cut off; empty without one."""
    text = annotations_of(pod).get(naming.LIMITS_BEFORE, "")
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_cut_off(state: ServerState) -> bool:
    """Whether an update was killed while it started, restarted or took back the server."""
    return state.journal.phase in (Phase.STARTING, Phase.RESTARTING, Phase.UNDOING)


def is_asked_for(state: ServerState, restart: str) -> bool:
    """Whether database.restart has a value that was neither answered nor tried in vain."""
    if not restart or state.template is None or requested_restart(state.template) == restart:
        return False
    return not failed_before(state, restart)


def failed_before(state: ServerState, restart: str) -> bool:
    """Whether the restart of this value failed and was rolled back; it is not tried again."""
    return state.journal.phase is Phase.FAILED and bool(restart) and state.journal.request == restart


def _is_labelled(item: Mapping[str, Any]) -> bool:
    return naming.DATABASE_LABELS.items() <= labels_of(item).items()


def _uid(item: Mapping[str, Any]) -> str:
    return str(item["metadata"].get("uid"))


def _revision(replica_set: Mapping[str, Any]) -> int:
    written = annotations_of(replica_set).get(_REVISION, "")
    return int(written) if written.isdecimal() else 0  # somebody edited it
