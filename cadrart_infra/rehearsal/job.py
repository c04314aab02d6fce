"""The Job that rehearses an upgrade, as a manifest (pure functions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cadrart_infra import naming
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.jobs import FOLDER, script_text
from cadrart_infra.cluster.job_manifests import confined_container, confined_pod, run_once
from cadrart_infra.cluster.job_runner import JOB_LABEL, JobToRun
from cadrart_infra.cluster.job_scripts import job_script
from cadrart_infra.rehearsal import release as releases
from cadrart_infra.rehearsal.errors import EXIT_CODES
from cadrart_infra.rehearsal.release import MIGRATE, RELEASE, Release

WORK = "/rehearsal"
"""Mount path of the folder that the steps share."""
_PORT = 3307
_LOAD, _UPGRADE, _COMPARE, _SERVE, _ASK = "load", "upgrade", "compare", "serve", "ask"
_STARTS = 300
"""Seconds that the new server may take to start on files that it has upgraded already."""
_EMPTY_SERVER = 1 << 30
"""Bytes of a server's own files, its logs and its temporary files."""


@dataclass(frozen=True)
class ServerToStart:
    """An image of the server, and the settings file that it is started with."""

    image: str
    pull_policy: str
    settings: str


@dataclass(frozen=True)
class RehearsalSpec:
    """What is rehearsed, and with what."""

    now: ServerToStart
    wanted: ServerToStart
    backup: Backup
    plugins: str
    """The authentication plugins of the running server's accounts, as the script reads them."""
    user: int
    """User and group that the server runs as; 0: the image's own."""
    server_limits: Mapping[str, str]
    """The server's own, for the step that is measured."""
    work_limits: Mapping[str, str]
    """Of the steps around it."""
    time_limit: int
    """Seconds."""
    release: Release | None = None
    """Is started on the copy at the end; None for none."""

    @property
    def room(self) -> int:
        """Bytes that it needs on a node: the copy's tables while they are rebuilt, and a server's own files."""
        return 2 * self.backup.data + _EMPTY_SERVER


def job(spec: RehearsalSpec) -> JobToRun:
    """The Job, ready to be run."""
    labels = {**naming.REHEARSAL_LABELS, JOB_LABEL: naming.REHEARSAL}
    manifest = run_once(naming.REHEARSAL, labels, _pod(spec), spec.time_limit)
    return JobToRun(
        manifest,
        "database.rehearsalTimeLimit",
        EXIT_CODES,
        beside=(_SERVE, RELEASE),
        meanings_of=releases.MEANINGS,
        memory_settings=_memory_settings(spec),
    )


def _memory_settings(spec: RehearsalSpec) -> dict[str, str]:
    """What raises the limit of memory of each container, by its name."""
    servers = dict.fromkeys((_LOAD, _UPGRADE, _COMPARE, _SERVE), "database.memoryLimit")
    if spec.release is None:
        return servers
    return servers | dict.fromkeys((RELEASE, MIGRATE), f"resources.{spec.release.spec.name}.memoryLimit")


def _pod(spec: RehearsalSpec) -> dict[str, Any]:
    claim = {"claimName": naming.BACKUP_CLAIM, "readOnly": True}
    return {
        **confined_pod(spec.user),
        **(releases.surroundings(spec.release) if spec.release else {}),
        **_containers(spec),
        "volumes": [
            {"name": naming.BACKUP_CLAIM, "persistentVolumeClaim": claim},
            {"name": naming.REHEARSAL, "emptyDir": {"sizeLimit": str(spec.room)}},
            *(releases.volumes(spec.release) if spec.release else []),
        ],
    }


def _containers(spec: RehearsalSpec) -> dict[str, Sequence[dict[str, Any]]]:
    """The steps, in their order; a release is started once the new server serves the upgraded copy."""
    load = _container(spec, _LOAD, spec.now, spec.work_limits)
    upgrade = _container(spec, _UPGRADE, spec.wanted, spec.server_limits)
    compare = _container(spec, _COMPARE, spec.wanted, spec.work_limits)
    if spec.release is None:
        return {"initContainers": [load, upgrade], "containers": [compare]}
    before, release = releases.containers(spec.release)
    serve = {**_container(spec, _SERVE, spec.wanted, spec.server_limits), **_beside_what_follows(spec.release)}
    ask = _container(spec, _ASK, spec.wanted, {**spec.work_limits, "memory": "128Mi"})
    return {"initContainers": [load, upgrade, compare, serve, *before], "containers": [ask, release]}


def _beside_what_follows(release: Release) -> dict[str, Any]:
    """Fields of a container that runs beside those after it; they begin when it answers."""
    answers = {"exec": {"command": ["bash", "-c", f"</dev/tcp/127.0.0.1/{release.port}"]}}
    probe = {**answers, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": _STARTS}
    return {"restartPolicy": "Always", "startupProbe": probe}


def _container(spec: RehearsalSpec, step: str, server: ServerToStart, limits: Mapping[str, str]) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = [{"name": naming.REHEARSAL, "mountPath": WORK}]
    if step == _LOAD:
        mounts.append({"name": naming.BACKUP_CLAIM, "mountPath": FOLDER, "readOnly": True})
    requests = {"cpu": "25m", "memory": "128Mi", "ephemeral-storage": str(spec.room)}
    if step == _ASK:  # it starts no server, and the pod asks for the sum of what runs at the same time
        requests = {"cpu": "25m", "memory": "16Mi"}
    return {
        "name": step,
        "image": server.image,
        "imagePullPolicy": server.pull_policy,
        "command": ["bash", "-c", rehearsal_text(), "rehearse", *([script_text("load")] if step == _LOAD else [])],
        "env": [{"name": name, "value": value} for name, value in _variables(spec, step, server).items()],
        "resources": {"requests": requests, "limits": dict(limits)},
        "securityContext": confined_container(spec.user),
        "volumeMounts": mounts,
    }


def _variables(spec: RehearsalSpec, step: str, server: ServerToStart) -> dict[str, str]:
    backup = spec.backup
    shared = {"STEP": step, "WORK": WORK, "SETTINGS": server.settings, "SOURCE": backup.database}
    match step, spec.release:
        case "load", release:
            loaded = {
                "BACKUPS": FOLDER,
                "NAME": backup.name,
                "SHA256": backup.sha256,
                "FORMAT": str(backup.format),
            }
            account = releases.account_variables(release, spec.plugins)
            return {**shared, **loaded, **account, "NEEDED": str(spec.room), "PORT": str(_PORT)}
        case "compare", _:
            return {**shared, "PLUGINS": spec.plugins}
        case "serve", Release() as release:
            return {**shared, "PORT": release.port}
        case "ask", Release() as release:
            return {**shared, **releases.question_variables(release)}
    return shared


def rehearsal_text() -> str:
    """The script of all steps."""
    return job_script(Path(__file__).with_name("rehearse.sh"))
