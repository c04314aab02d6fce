"""Jobs that change the stack's settings and what the cluster does."""

import argparse
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from cadrart_infra.cli import jobs
from cadrart_infra.cli.deployment import approved
from cadrart_infra.cli.deployment import deploy as deploy_approved
from cadrart_infra.cli.desk import Desk, open_desk
from cadrart_infra.cli.engine import load_program
from cadrart_infra.cli.git import commit, was_committed
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.turn import turn
from cadrart_infra.cli.updates import carry_out
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.history.history import History
from cadrart_infra.history.store import read_history
from cadrart_infra.live import Live, read_live
from cadrart_infra.settings import Settings

MakeJob = Callable[[Settings, Live, History], jobs.Job]
"""A job, from the settings, what the cluster does and what was done to it."""


def release(options: argparse.Namespace, page: Page) -> int:
    """A new version to staging."""
    if options.same_image and jobs.is_image(options.version):
        raise jobs.JobError(f"{options.version} is another image, not a version; nothing was changed.")
    return _in_turn(options, page, lambda now, live, _: jobs.release(now, live, options.workload, options.version))


def switch(options: argparse.Namespace, page: Page) -> int:
    """Production's traffic to the colour that is staging."""
    return _in_turn(options, page, lambda now, live, _: jobs.switch(now, live, options.color or "", options.leaves))


def rollback(options: argparse.Namespace, page: Page) -> int:
    """Production's traffic back."""
    return _in_turn(options, page, jobs.rollback)


def sync(options: argparse.Namespace, page: Page) -> int:
    """A fresh copy of production's database for staging, or the one before it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return _in_turn(options, page, lambda settings, live, _: jobs.sync(settings, live, now, previous=options.previous))


def deploy(options: argparse.Namespace, page: Page) -> int:
    """In a workflow: what was merged, as its preview showed it."""
    load_program()
    with turn(open_desk(options, page), options.command, options.wait):
        desk = open_desk(options, page)
        return deploy_approved(desk, read_live(desk.kubectl()), approved(FOLDER, desk.stack))


def _in_turn(options: argparse.Namespace, page: Page, job: MakeJob) -> int:
    """Does a job; one that is committed has the shop for itself, from before the settings are read until the push."""
    load_program()
    desk = open_desk(options, page)
    if not options.commit:
        with contextlib.suppress(ApiError):  # who may not see the Lease is refused by the update
            lease.require_free(desk.kubectl())  # amid another's change, what it has set is not what the cluster does
        return _carry_out(desk, job, options)
    with turn(desk, options.command, options.wait):
        return _carry_out(open_desk(options, page), job, options)  # the settings as they are when its turn has come


def _carry_out(desk: Desk, wanted: MakeJob, options: argparse.Namespace) -> int:
    kubectl = desk.kubectl()
    live, history = read_live(kubectl), read_history(kubectl)
    job = wanted(desk.settings, live, history)
    if options.commit and options.command == "release":
        _require_in_git(desk, live, options.workload)
    status = carry_out(desk, job, live, history, yes=options.yes, policies=getattr(options, "policies", False))
    if options.commit and not (status and desk.file.is_as_before()):  # else it is nothing of this job
        changes = ", ".join(f"{key} = {value}" for key, value in job.changes.items())
        commit(desk.file.path, f"{options.command}: {changes}")
    return status


def _require_in_git(desk: Desk, live: Live, workload: str) -> None:
    """Raises JobError where the release would take back another one that never came into Git."""
    file = desk.file.path
    running = jobs.others_images(desk.settings, live, workload)
    lost = {key: image for key, image in running.items() if not was_committed(file, image)}
    if lost:
        raise jobs.JobError(
            f"Staging runs {' and '.join(lost.values())}, which no commit of {file.name} has: it was released by a run "
            "that could not commit it, or by hand. This release would take it back; nothing was changed. Release it "
            f"once more, or write it into {file.name} by a pull request: "
            f"{', '.join(f'{key} = {image}' for key, image in lost.items())}"
        )
