"""Manifests of the Jobs that read or write the backups' claim (pure functions)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cadrart_infra import naming
from cadrart_infra.backup.errors import EXIT_CODES
from cadrart_infra.cluster.job_manifests import confined_container, confined_pod, run_once
from cadrart_infra.cluster.job_runner import JOB_LABEL, JobToRun
from cadrart_infra.cluster.job_scripts import job_script
from cadrart_infra.cluster.kinds import Object
from cadrart_infra.mysql import errors
from cadrart_infra.mysql.error_numbers import as_client_prints
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.session_settings import FREE, OLD_TABLES
from cadrart_infra.naming import BACKUP_CLAIM, BACKUP_LABELS

FOLDER = "/backups"
"""Where the claim is mounted in a Job's pod."""
_ERRORS: Mapping[str, Sequence[type[DatabaseError]]] = {
    "access_denied": [errors.AccessDenied],
    "account_limited": [errors.AccountLimited],
    "cut_off": [errors.ConnectionLost, errors.ConnectionsUsedUp, errors.LockWait],
    "no_room": [errors.NoRoom],
    "setting_forbids": [errors.SettingForbids],
}
"""What the scripts have an exit code of their own for, by the name of their variable."""
_ALONE: Mapping[str, Sequence[str]] = {"list": ["list"], "hold": ["list", "hold"]}
"""The parts of scripts that need no server."""


@dataclass(frozen=True)
class JobSpec:
    """One run of a script of this package in a pod of the database's image."""

    name: str
    script: str
    """The script's name, without its suffix."""
    image: str
    pull_policy: str
    time_limit: int
    """Seconds."""
    variables: Mapping[str, str] = field(default_factory=dict)
    account_secret: str = ""
    """The Secret with the database account's name and password; empty for none."""
    read_only: bool = True
    user: int = 0
    """User and group that it runs as; 0: the image's own."""
    setting: str = ""
    """The setting with which a user can raise the time limit; empty where none does."""


def job(spec: JobSpec) -> JobToRun:
    """The Job, ready to be run."""
    return JobToRun(manifest(spec), spec.setting, EXIT_CODES)


def manifest(spec: JobSpec) -> Object:
    """The Job's manifest."""
    return run_once(spec.name, {**BACKUP_LABELS, JOB_LABEL: spec.name}, _pod(spec), spec.time_limit)


def _pod(spec: JobSpec) -> dict[str, Any]:
    claim = {"claimName": BACKUP_CLAIM, "readOnly": spec.read_only}
    return {
        **confined_pod(spec.user),
        "containers": [_container(spec)],
        "volumes": [{"name": BACKUP_CLAIM, "persistentVolumeClaim": claim}],
    }


def _container(spec: JobSpec) -> dict[str, Any]:
    return {
        "name": spec.script,
        "image": spec.image,
        "imagePullPolicy": spec.pull_policy,
        "command": ["bash", "-c", script_text(spec.script)],
        "env": _variables(spec),
        "resources": {"requests": {"cpu": "25m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": confined_container(spec.user),
        "volumeMounts": [{"name": BACKUP_CLAIM, "mountPath": FOLDER, "readOnly": spec.read_only}],
    }


def _variables(spec: JobSpec) -> list[dict[str, Any]]:
    plain = {
        "BACKUPS": FOLDER,
        "DATABASE_HOST": naming.DATABASE,
        "DATABASE_PORT": str(naming.DATABASE_PORT),
        **spec.variables,
    }
    variables: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in plain.items()]
    if spec.account_secret:
        # The client programs read the password from MYSQL_PWD; it is in no argument list.
        keys = {"DATABASE_USER": naming.USER_KEY, "MYSQL_PWD": naming.PASSWORD_KEY}
        for name, key in keys.items():
            reference = {"secretKeyRef": {"name": spec.account_secret, "key": key}}
            variables.append({"name": name, "valueFrom": reference})
    return variables


def script_text(script: str) -> str:
    """The text of a script of this package, what it shares with the others included."""
    parts = _ALONE.get(script, ["common", script])
    shared = {
        "free_settings": [FREE],
        **{f"{product}_old_tables": names for product, names in OLD_TABLES.items()},
        **{name: [as_client_prints(*cases)] for name, cases in _ERRORS.items()},
    }
    given = "".join(f"readonly {name}=({shlex.join(each)})\n" for name, each in shared.items())
    return job_script(*(Path(__file__).with_name(f"{part}.sh") for part in parts), given=given)
