"""Gives a server that does not start new, empty data files; keeps the old ones beside them.

The way back where an upgrade has converted the files and neither server starts: the one that ran before begins on empty
files, and a backup is restored into it (docs/database-server.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.job_manifests import confined_container, confined_pod, run_once
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import JOB_LABEL, JobRunner, JobToRun
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import own_container
from cadrart_infra.database_server.control import Control
from cadrart_infra.database_server.errors import NoAnswer, ServerError, indented
from cadrart_infra.database_server.pods import answers_queries
from cadrart_infra.database_server.state import Phase, ServerState
from cadrart_infra.image_pull import IF_NOT_PRESENT
from cadrart_infra.interruption import Interrupted
from cadrart_infra.terminal import Say

_NAME = "cadrart-new-files"
_SECONDS = 300
_KEPT = "mysql-kept-"
MOVE = """set -e
cd "$VOLUME"
if [ -e mysql ] || ! ls -d "$KEPT"* >/dev/null 2>&1; then mv -- mysql "$KEPT$NOW"; fi
ls -d "$KEPT"*
"""
"""A run that was cut off may have moved the files already. Prints all folders that are kept, the oldest first."""


def begin_with_new_files(kubectl: Kubectl, say: Say) -> str:
    """Where the old files are kept on the claim, also by a run that was cut off.

    Raises ServerError where the server answers, or does not start, and Interrupted where a signal ends it.
    """
    control = Control(kubectl)
    state = control.read()
    _require_dead(kubectl, state)
    now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        kept = _move(kubectl, state, now, say)
        say(f"the data files are kept as {kept} on the claim {naming.DATABASE_CLAIM}; the server starts on empty ones")
        _start(control, state, kept)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Data files that were moved already are kept as {_KEPT}{now} on the claim "
            f"{naming.DATABASE_CLAIM}. Run it again, unless the server answers by now."
        ) from None
    return kept


def _move(kubectl: Kubectl, state: ServerState, now: str, say: Say) -> str:
    """The newest of the folders that are kept."""
    try:
        return JobRunner(kubectl, _job(state, now), say).run()[-1]
    except JobProblem as problem:
        raise ServerError(problem.with_outcome("The data files are where they were.")) from None


def _start(control: Control, state: ServerState, kept: str) -> None:
    control.note(replace(state.journal, phase=Phase.FAILED))
    control.exchange_pods()
    try:
        control.wait_for_start()
    except NoAnswer as problem:
        raise ServerError(
            f"The database server does not start on empty files either; the old ones are kept as {kept} on the claim "
            f"{naming.DATABASE_CLAIM}. The cluster says:\n{indented(problem.said)}"
        ) from None


def _require_dead(kubectl: Kubectl, state: ServerState) -> None:
    if state.running is None:
        raise ServerError(
            f"The database server {naming.DATABASE} is not to run in namespace {kubectl.namespace}; nothing was "
            "changed. Check the namespace, or run pulumi up."
        )
    if any(answers_queries(kubectl, pod) for pod in state.pods):
        raise ServerError(
            "The database server answers, so it keeps its data files; nothing was changed. To bring a backup in "
            "production's place: cadrart restore NAME --replace-production"
        )


def _job(state: ServerState, now: str) -> JobToRun:
    """The Job that renames the data folder."""
    assert state.template is not None
    labels = {naming.SERVICE_LABEL: _NAME, JOB_LABEL: _NAME}
    return JobToRun(run_once(_NAME, labels, _pod(state.template, now), _SECONDS))


def _pod(template: Mapping[str, Any], now: str) -> dict[str, Any]:
    """It runs as root without privileges, to whom the claim's own folder belongs."""
    given = {"VOLUME": "/volume", "KEPT": _KEPT, "NOW": now}
    container = {
        "name": "move",
        "image": own_container(template)["image"],
        "imagePullPolicy": IF_NOT_PRESENT,
        "command": ["sh", "-c", MOVE],
        "env": [{"name": name, "value": value} for name, value in given.items()],
        "resources": {"requests": {"cpu": "25m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {**confined_container(0), "runAsUser": 0},
        "volumeMounts": [{"name": naming.DATABASE_CLAIM, "mountPath": "/volume"}],
    }
    claim = {"claimName": naming.DATABASE_CLAIM}
    volume = {"name": naming.DATABASE_CLAIM, "persistentVolumeClaim": claim}
    return {**confined_pod(0), "containers": [container], "volumes": [volume]}
