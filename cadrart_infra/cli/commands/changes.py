"""The commands that change the stack's settings and the cluster: release, switch, rollback, sync, deploy."""

import argparse
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from cadrart_infra.cli import jobs
from cadrart_infra.cli.deployment import approved
from cadrart_infra.cli.deployment import deploy as deploy_approved
from cadrart_infra.cli.engine import preload_program
from cadrart_infra.cli.exclusive_access import exclusive_and_up_to_date
from cadrart_infra.cli.git import commit, was_committed
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.updates import carry_out
from cadrart_infra.cli.workspace import Workspace, open_workspace
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
    """Releases a new version to staging."""
    if options.same_image and jobs.is_image(options.version):
        raise jobs.JobError(f"{options.version} is another image, not a version; nothing was changed.")
    return _run(options, page, lambda now, live, _: jobs.release(now, live, options.workload, options.version))


def switch(options: argparse.Namespace, page: Page) -> int:
    """Switches production's traffic to the colour that is staging."""
    return _run(options, page, lambda now, live, _: jobs.switch(now, live, options.color or "", options.leaves))


def rollback(options: argparse.Namespace, page: Page) -> int:
    """Switches production's traffic back."""
    return _run(options, page, jobs.rollback)


def sync(options: argparse.Namespace, page: Page) -> int:
    """Gives staging a fresh copy of production's database, or the copy before it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return _run(options, page, lambda settings, live, _: jobs.sync(settings, live, now, previous=options.previous))


def deploy(options: argparse.Namespace, page: Page) -> int:
    """In a workflow: deploys what was merged, if it is what the pull request's preview showed."""
    preload_program()
    with exclusive_and_up_to_date(open_workspace(options, page), options.wait):
        workspace = open_workspace(options, page)
        return deploy_approved(workspace, read_live(workspace.kubectl()), approved(FOLDER, workspace.stack))


def _run(options: argparse.Namespace, page: Page, job: MakeJob) -> int:
    """Runs a job. With --commit it holds the Lease from before the settings are read until the push."""
    preload_program()
    workspace = open_workspace(options, page)
    if not options.commit:
        with contextlib.suppress(ApiError):  # who may not see the Lease is refused by the update
            # during another's update, settings and cluster differ
            lease.require_free(workspace.kubectl(), options.wait, page.line)
        return _carry_out(open_workspace(options, page) if options.wait else workspace, job, options)
    with exclusive_and_up_to_date(workspace, options.wait):
        return _carry_out(open_workspace(options, page), job, options)  # again: the settings may have changed


def _carry_out(workspace: Workspace, wanted: MakeJob, options: argparse.Namespace) -> int:
    kubectl = workspace.kubectl()
    live, history = read_live(kubectl), read_history(kubectl)
    job = wanted(workspace.settings, live, history)
    if options.commit and options.command == "release":
        _require_in_git(workspace, live, options.workload)
    status = carry_out(workspace, job, live, history, yes=options.yes, policies=getattr(options, "policies", False))
    if options.commit and not (status and workspace.file.is_unchanged()):  # else it is nothing of this job
        changes = ", ".join(f"{key} = {value}" for key, value in job.changes.items())
        commit(workspace.file.path, f"{options.command}: {changes}")
    return status


def _require_in_git(workspace: Workspace, live: Live, workload: str) -> None:
    """Raises JobError if the release would undo another one that was never committed to Git."""
    file = workspace.file.path
    running = jobs.other_workloads_changes(workspace.settings, live, workload)
    lost = {key: image for key, image in running.items() if not was_committed(file, image)}
    if lost:
        raise jobs.JobError(
            f"Staging runs {' and '.join(lost.values())}, which no commit of {file.name} has: it was released by a run "
            "that could not commit it, or by hand. This release would take it back; nothing was changed. Release it "
            f"once more, or write it into {file.name} by a pull request: "
            f"{', '.join(f'{key} = {image}' for key, image in lost.items())}"
        )
