"""The commands that only look: preview and drift."""

import argparse
import contextlib

from cadrart_infra.cli.drift_report import has_drift, report_drift, report_unknown
from cadrart_infra.cli.engine import preload_program
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.previews import publish_end, publish_failure, publish_preview, run_preview
from cadrart_infra.cli.stacks import all_stacks, named_stack
from cadrart_infra.cli.workspace import open_workspace
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.engine.stack import exists
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.live import read_live
from cadrart_infra.settings import SettingsError
from cadrart_infra.user_errors import UserError


def preview(options: argparse.Namespace, page: Page) -> int:
    """Shows what an update would do."""
    preload_program()
    try:
        workspace = open_workspace(options, page)
        preview = run_preview(workspace, read_live(workspace.kubectl()), policies=options.policies)
    except UserError as error:
        if not options.comment:
            raise
        return _publish_failed_preview(named_stack(options).rpartition("/")[2], error, page)
    if options.comment:
        publish_preview(workspace, preview)
    return 0 if preview.outcome.ok else 1


def _publish_failed_preview(stack: str, error: UserError, page: Page) -> int:
    """Comments the failure in the pull request and returns the exit status.

    For a pull request that deletes a stack's settings file, the comment says what that means.
    """
    if stack and stack not in all_stacks(FOLDER):
        there = exists(stack)
        if there is False:
            text = f"There is no `Pulumi.{stack}.yaml` and no stack {stack} any more: there is nothing to preview."
            page.line(text)
            publish_end(stack, text)
            return 0
        error = _settings_file_removed(stack) if there else error
    page.line(f"error: {error.explained()}")
    publish_failure(stack, error)
    return 1


def _settings_file_removed(stack: str) -> SettingsError:
    return SettingsError(
        f"There is no Pulumi.{stack}.yaml any more, but the stack {stack} is there: its shop would go on, and no "
        "deployment, no release and no look for drift would reach it. Nothing was changed. Put the file back, under "
        "this name. If the shop is to go: pulumi destroy and pulumi stack rm first. If the stack is to have another "
        "name: pulumi stack rename"
    )


def drift(options: argparse.Namespace, page: Page) -> int:
    """In a workflow: keeps an issue open while the cluster differs from Git, or while that is unknown."""
    preload_program()
    try:
        workspace = open_workspace(options, page)
        _require_no_update_running(workspace.kubectl())
        preview = run_preview(workspace, read_live(workspace.kubectl()), policies=True)
        if has_drift(preview):
            _require_no_update_running(workspace.kubectl())  # what began meanwhile is half done, and not yet in Git
    except lease.Held:
        raise
    except UserError as error:
        page.line(f"error: {error.explained()}")
        report_unknown(named_stack(options).rpartition("/")[2], error)
        return 1
    return report_drift(workspace, preview)


def _require_no_update_running(kubectl: Kubectl) -> None:
    """Raises lease.Held during an update: what it has written is not yet in Git, and is no drift."""
    with contextlib.suppress(ApiError):  # who may not see the Lease
        lease.require_free(kubectl)
