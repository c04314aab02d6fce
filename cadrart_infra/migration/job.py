"""The Job that migrates, as a manifest (pure functions)."""

from __future__ import annotations

import hashlib
import json

from cadrart_infra import naming
from cadrart_infra.cluster.job_runner import JOB_LABEL, JobToRun
from cadrart_infra.cluster.kubectl import Object
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.model import Environment

_FORGOTTEN_AFTER = 86_400
"""Seconds; only for a Job whose update was killed and followed by none."""


def job_name(environment: Environment) -> str:
    """One name for each database: while a Job has it, no second one can be made."""
    return f"{naming.MIGRATION}-{environment}"


def job(given: MigrationInputs) -> JobToRun:
    """The Job. It runs once: whether it is to be tried again is for a person to decide."""
    name = job_name(given.environment)
    labels = {naming.SERVICE_LABEL: naming.MIGRATION, JOB_LABEL: name, **naming.NETWORK_LABELS}
    manifest: Object = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels, "annotations": {naming.MIGRATES: content(given)}},
        "spec": {
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "activeDeadlineSeconds": given.time_limit,
            "ttlSecondsAfterFinished": _FORGOTTEN_AFTER,
            "template": {"metadata": {"labels": labels}, "spec": plain(given.pod)},
        },
    }
    return JobToRun(manifest, "migration.timeLimit", may_be_cut_off=False)


def content(given: MigrationInputs) -> str:
    """What tells this migration from another one of the same database."""
    parts = [given.image, given.command, given.database, given.copy_id, given.restored]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def is_same(found: Object, given: MigrationInputs) -> bool:
    """Whether a Job of the cluster is this migration."""
    return bool((found["metadata"].get("annotations") or {}).get(naming.MIGRATES) == content(given))
