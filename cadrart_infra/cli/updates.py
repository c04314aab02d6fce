"""Runs a job: says what it means, asks, updates the stack, and restores the settings if the update failed."""

import os
from collections.abc import Callable

from cadrart_infra import interruption
from cadrart_infra.cli.engine import Outcome
from cadrart_infra.cli.exclusive_access import leased_where_allowed
from cadrart_infra.cli.jobs import Job
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.history.history import History
from cadrart_infra.live import Live, read_live
from cadrart_infra.model import Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.preflight import expectation
from cadrart_infra.promotion.announcement import announcement
from cadrart_infra.promotion.serving import read_serving, serving_table
from cadrart_infra.rotation.wanted import read_wanted
from cadrart_infra.terminal import answer


def carry_out(
    workspace: Workspace, job: Job, live: Live, history: History, *, yes: bool, policies: bool = False
) -> int:
    """Runs a job and returns the exit status: 0 only if the cluster does what was asked.

    With `policies` the update is previewed first and checked against them.
    """
    settings = workspace.file.with_changes(job.changes)
    if job.reading:
        workspace.page.line(job.reading)
    workspace.page.line(forecast_lines(UpdatePlan(settings, live, history, read_wanted(workspace.kubectl()))))
    for key, value in job.changes.items():
        workspace.page.line(f"  set: {key} = {value}")
    workspace.file.require_writable()
    engine = workspace.engine()  # which may find no place for its log: before anybody is asked
    if not yes and answer("Do it? [y/N] ").lower() not in ("y", "yes"):
        workspace.page.line("Nothing was changed.")
        return 1
    if job.expect:
        os.environ[expectation.VARIABLE] = job.expect
    with leased_where_allowed(workspace):
        try:
            outcome = engine.up(job.changes, workspace.file.note_own_change, policies=policies)
        except BaseException:  # before the engine ran, so nothing of the cluster was changed
            _restore_settings(workspace, job)
            raise
        return finish(workspace, outcome, job.back, lambda: _after_failure(workspace, job, outcome))


def forecast_lines(plan: UpdatePlan) -> str:
    """What an update means, in lines for people."""
    return announcement(plan) or "Colours, roles and releases stay as they are."


def finish(workspace: Workspace, outcome: Outcome, back: str, after_failure: Callable[[], None]) -> int:
    """Shows how an update ended and returns its exit status. `back`: the command that undoes it."""
    page = workspace.page
    if outcome.ok:
        page.line()
        if back:
            page.line(f"The way back: {back}")
    else:
        page.line("\nIt was interrupted:" if interruption.requested() else "\nIt failed:")
        for error in outcome.errors:
            page.line("\n".join(f"  {line}" for line in error.splitlines()))
        after_failure()
    page.line(f"Pulumi's own output: {workspace.log}")
    if outcome.ok:
        return 0
    return interruption.INTERRUPTED if interruption.requested() else 1


def _after_failure(workspace: Workspace, job: Job, outcome: Outcome) -> None:
    """Restores the settings unless the cluster has the change, so that both agree after a failure too."""
    page, kubectl = workspace.page, workspace.kubectl()
    try:
        live = read_live(kubectl)
        table = serving_table(read_serving(kubectl, [Environment.PROD]))
    except ClusterError as error:
        page.line(
            f"The cluster could not be asked who serves what: {error}\n{workspace.file.path.name} keeps the change."
        )
        return
    if job.is_done(live):
        page.line(f"{workspace.file.path.name} keeps the change, for the cluster has it. Run it again: pulumi up")
    elif _restore_settings(workspace, job):
        undo = " To bring the cluster in line with it: pulumi up" if outcome.changed else ""
        page.line(f"{workspace.file.path.name} is as it was before.{undo}")
    page.line(table)


def _restore_settings(workspace: Workspace, job: Job) -> bool:
    """Restores the settings of before the job; says why and returns False if that fails."""
    problem = workspace.file.restore()
    if problem:
        kept = ", ".join(f"{key} = {value}" for key, value in job.changes.items())
        workspace.page.line(
            f"{workspace.file.path.name} may keep {kept}, for {problem}. Set it back before the next pulumi up, which "
            "would do it."
        )
    return not problem
