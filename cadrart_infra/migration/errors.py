"""The errors of a migration."""

from __future__ import annotations

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.migration.job import job_name
from cadrart_infra.model import Environment
from cadrart_infra.user_errors import UserError


class MigrationFailed(UserError):
    """The release's pods were not started; the text holds no secret but what the command printed itself."""


def migration_failed(problem: JobProblem, given: MigrationInputs) -> MigrationFailed:
    """The whole text: what happened, what it left untouched, what to do, and the end of the log."""
    return MigrationFailed(f"{_what(given)} failed. {problem.with_outcome(_untouched(given))}\n{_next(given)}")


def cluster_lost(error: ClusterError, given: MigrationInputs) -> MigrationFailed:
    """The cluster stopped answering while the Job ran, or was to be made."""
    return MigrationFailed(
        f"{_what(given)} could not be followed to its end, for the cluster does not answer any more: {error}\n"
        f"  {_untouched(given)} The Job {job_name(given.environment)} goes on by itself where it was begun. "
        "Run pulumi up again: it waits for that Job and goes on from there."
    )


def _what(given: MigrationInputs) -> str:
    return f"The migration of {given.environment.spoken}'s database {given.database} by " + (
        f"{naming.release_of(given.image)} ({' '.join(given.command)})"
    )


def _untouched(given: MigrationInputs) -> str:
    if given.environment is Environment.PROD:
        return f"No pod of {given.color} was started for it and no proxy was written: production is served as before."
    return "Staging's pods go on as they were, and production is not concerned."


def _next(given: MigrationInputs) -> str:
    stays = f"  What it had changed until then stays in {given.database}: the server cannot take back an ALTER."
    again = f"  Fix the release (or migration.command) and run pulumi up again: {given.color} tries it once more"
    if given.environment is Environment.PROD:
        return (
            f"{stays} docs/backup.md says how a backup is loaded.\n{again}; or keep what production runs by setting "
            "activeColor and images back."
        )
    return f"{stays} A new copy undoes it (sync.request).\n{again}."
