"""Runs a migration once, whatever an update before this one left behind."""

from __future__ import annotations

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import JobRunner, unfinished_job
from cadrart_infra.cluster.kinds import Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.boost import boosted
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.migration.errors import cluster_lost, migration_failed
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.migration.job import is_same, job, job_name
from cadrart_infra.model import Environment
from cadrart_infra.terminal import Say


def migrate(kubectl: Kubectl, given: MigrationInputs, why: str, say: Say) -> None:
    """Returns when the database is at the release's level; raises MigrationFailed. Recorded in the history."""
    what = f"{given.database} by {naming.release_of(given.image)}: {why}"
    with recorded(kubectl, Job.MIGRATION, what, say), boosted(kubectl, say):
        try:
            _run(kubectl, given, say)
        except JobProblem as problem:
            raise migration_failed(problem, given) from None
        except ClusterError as error:
            raise cluster_lost(error, given) from None
    say(f"{_title(given)}: {given.database} is at the level of {naming.release_of(given.image)}")


def is_migrating(kubectl: Kubectl) -> bool:
    """Whether a migration of production's database runs, or is about to; raises ClusterError."""
    return unfinished_job(kubectl, job_name(Environment.PROD)) is not None


def _title(given: MigrationInputs) -> str:
    return f"migration of {given.environment.spoken}"


def _run(kubectl: Kubectl, given: MigrationInputs, say: Say) -> None:
    """Never two at once on one database: a Job that still runs is waited for, and counts where it is this migration."""
    mine = job(given)
    left = unfinished_job(kubectl, mine.name)
    if left is not None and _waits_for(kubectl, left, given, say):
        return
    JobRunner(kubectl, mine, say).run()


def _waits_for(kubectl: Kubectl, left: Object, given: MigrationInputs, say: Say) -> bool:
    """Whether the Job was this migration; one of another release only has to come to its end."""
    same = is_same(left, given)
    of = "this migration" if same else "another migration of this database"
    say(f"{_title(given)}: {of} still runs, begun by an update that was cut off; waiting for it")
    try:
        JobRunner(kubectl, job(given).found(left), say).follow()
    except JobProblem as problem:
        if same:
            raise
        say(f"{_title(given)}: it failed: {problem.what}")
    return same
