"""The Job that migrates, as a manifest (pure functions)."""

from __future__ import annotations

import hashlib
import json

from cadrart_infra import naming
from cadrart_infra.cluster.job_manifests import run_once
from cadrart_infra.cluster.job_runner import JOB_LABEL, JobToRun
from cadrart_infra.cluster.kinds import Object, annotations_of
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.model import Environment


def job_name(environment: Environment) -> str:
    """One name for each database: while a Job has it, no second one can be made."""
    return f"{naming.MIGRATION}-{environment}"


def job(given: MigrationInputs) -> JobToRun:
    """The Job, which nothing else runs beside."""
    name = job_name(given.environment)
    labels = {naming.SERVICE_LABEL: naming.MIGRATION, JOB_LABEL: name, **naming.NETWORK_LABELS}
    manifest = run_once(name, labels, plain(given.pod), given.time_limit)
    manifest["metadata"]["annotations"] = {naming.MIGRATES: content(given)}
    manifest["spec"]["podReplacementPolicy"] = "Failed"
    memory_settings = {one["name"]: f"resources.{one['name']}.memoryLimit" for one in given.pod["containers"]}
    return JobToRun(manifest, "migration.timeLimit", may_be_cut_off=False, memory_settings=memory_settings)


def content(given: MigrationInputs) -> str:
    """What identifies this migration among those of the same database."""
    parts = [given.image, given.command, given.database, given.copy_id, given.restored]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def is_same(found: Object, given: MigrationInputs) -> bool:
    """Whether a Job of the cluster is this migration."""
    return bool(annotations_of(found).get(naming.MIGRATES) == content(given))
