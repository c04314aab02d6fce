"""How every job that changes something runs: said, asked, done, and taken back where it was not done."""

import os
from collections.abc import Callable

from cadrart_infra import interruption
from cadrart_infra.cli.desk import Desk
from cadrart_infra.cli.engine import Outcome
from cadrart_infra.cli.jobs import Job
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


def carry_out(desk: Desk, job: Job, live: Live, history: History, *, yes: bool, policies: bool = False) -> int:
    """Does a job; the exit status is 0 only if the cluster does what was asked.

    With `policies` the update is previewed first, judged by them.
    """
    settings = desk.file.with_changes(job.changes)
    if job.reading:
        desk.page.line(job.reading)
    desk.page.line(meaning(UpdatePlan(settings, live, history, read_wanted(desk.kubectl()))))
    for key, value in job.changes.items():
        desk.page.line(f"  set: {key} = {value}")
    engine = desk.engine()  # which may find no place for its log: before anybody is asked
    if not yes and answer("Do it? [y/N] ").lower() not in ("y", "yes"):
        desk.page.line("Nothing was changed.")
        return 1
    if job.expect:
        os.environ[expectation.VARIABLE] = job.expect
    try:
        outcome = engine.up(job.changes, desk.file.was_set, policies=policies)
    except BaseException:  # before the engine ran, so nothing of the cluster was changed
        _take_back(desk, job)
        raise
    return finish(desk, outcome, job.back, lambda: _after_failure(desk, job, outcome))


def meaning(plan: UpdatePlan) -> str:
    """What an update means, in the shop's own words."""
    return announcement(plan) or "Colours, roles and releases stay as they are."


def finish(desk: Desk, outcome: Outcome, back: str, after_failure: Callable[[], None]) -> int:
    """How an update ended, on the page, and its exit status. `back`: the command that undoes it."""
    page = desk.page
    if outcome.ok:
        page.line()
        if back:
            page.line(f"The way back: {back}")
    else:
        page.line("\nIt failed:")
        for error in outcome.errors:
            page.line("\n".join(f"  {line}" for line in error.splitlines()))
        after_failure()
    page.line(f"Pulumi's own output: {desk.log}")
    if outcome.ok:
        return 0
    return interruption.INTERRUPTED if interruption.requested() else 1


def _after_failure(desk: Desk, job: Job, outcome: Outcome) -> None:
    """Settings and cluster agree after a failure too: what was not done does not stay in the settings."""
    page, kubectl = desk.page, desk.kubectl()
    try:
        live = read_live(kubectl)
        table = serving_table(read_serving(kubectl, [Environment.PROD]))
    except ClusterError as error:
        page.line(f"The cluster could not be asked who serves what: {error}\n{desk.file.path.name} keeps the change.")
        return
    if job.is_done(live):
        page.line(f"{desk.file.path.name} keeps the change, for the cluster has it. Run it again: pulumi up")
    elif _take_back(desk, job):
        undo = " To undo what the cluster has of it: pulumi up" if outcome.changed else ""
        page.line(f"{desk.file.path.name} is as it was before.{undo}")
    page.line(table)


def _take_back(desk: Desk, job: Job) -> bool:
    """Whether the settings are as they were before the job; says so where they are not."""
    problem = desk.file.take_back()
    if problem:
        kept = ", ".join(f"{key} = {value}" for key, value in job.changes.items())
        desk.page.line(
            f"{desk.file.path.name} may keep {kept}, for {problem}. Set it back before the next pulumi up, which would "
            "do it."
        )
    return not problem
