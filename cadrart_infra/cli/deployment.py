"""Deploys what was merged, and only what the pull request's preview showed."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cadrart_infra.cli.forecast import Forecast
from cadrart_infra.cli.git import commits_since
from cadrart_infra.cli.preview_report import Approval, approval_in, comment_marker
from cadrart_infra.cli.previews import run_preview
from cadrart_infra.cli.updates import finish
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.github.api import Api
from cadrart_infra.github.pull_requests import merged_with
from cadrart_infra.live import Live
from cadrart_infra.model import Environment
from cadrart_infra.plan import Kind
from cadrart_infra.preflight import expectation
from cadrart_infra.preflight.expectation import Expectation
from cadrart_infra.promotion.serving import read_serving, serving_table
from cadrart_infra.user_errors import UserError

_NEEDS_NO_APPROVAL = {str(Kind.NOTHING), str(Kind.REPAIR)}
_EXPECTED = {Kind.SWITCH: Expectation.SWITCH, Kind.RELEASE: Expectation.RELEASE, Kind.NOTHING: Expectation.NOTHING}


class NotApproved(UserError):
    """No merged pull request showed what the update would do; nothing was changed."""


def approved(folder: Path, stack: str, environment: Mapping[str, str] = os.environ) -> Approval:
    """The approvals of the pull requests that merged the running workflow's commit and those after it."""
    commit, api = environment.get("GITHUB_SHA", ""), Api.of_workflow(environment)
    found = {one for each in (commits_since(folder, commit) if commit else []) for one in merged_with(api, each)}
    whole = Approval()
    for pull_request in found:
        whole |= approval_in(pull_request.comment(comment_marker(stack)))
    return whole


def deploy(workspace: Workspace, live: Live, approval: Approval) -> int:
    """Previews, compares with the approvals, then updates; returns the exit status. Raises NotApproved.

    The engine holds the update to what the preview found, so that neither needs a second preview nor may differ.
    """
    with tempfile.TemporaryDirectory(prefix="cadrart-") as folder:  # of this user alone
        return _deploy(workspace, live, approval, Path(folder) / "plan.json")


def _deploy(workspace: Workspace, live: Live, approval: Approval, plan: Path) -> int:
    preview = run_preview(workspace, live, policies=True, kept=plan)
    if not preview.outcome.ok:
        workspace.page.line("It cannot be deployed; nothing was changed.")
        return 1
    if not preview.outcome.changed:
        workspace.page.line("There is nothing to deploy.")
        return 0
    require_approval(preview.forecast, approval)
    os.environ[expectation.VARIABLE] = expected(preview.forecast)
    return finish(workspace, workspace.engine().up({}, plan=plan), "", lambda: _say_who_serves(workspace))


def _say_who_serves(workspace: Workspace) -> None:
    with contextlib.suppress(ClusterError):
        workspace.page.line(serving_table(read_serving(workspace.kubectl(), [Environment.PROD])))
    workspace.page.line(
        f"{workspace.file.path.name} in Git says what was merged. Run the deployment again when the cause is gone, or "
        "revert the merge by a pull request."
    )


def require_approval(forecast: Forecast, approval: Approval) -> None:
    """Raises NotApproved if the update has another purpose, or deletes other objects, than a preview showed."""
    unseen = sorted(set(forecast.risky) - approval.risky)
    if forecast.purpose not in approval.purposes | _NEEDS_NO_APPROVAL:
        seen = " or ".join(sorted(approval.purposes)) or "nothing"
        raise NotApproved(
            f"This update is a {forecast.purpose}, but the merged pull request's preview showed {seen}; nothing was "
            "changed. Open a pull request that shows it, or do it by its own workflow."
        )
    if unseen:
        raise NotApproved(
            f"This update replaces or deletes what no merged pull request's preview showed: {', '.join(unseen)}; "
            "nothing was changed. Open a pull request that shows it, or run pulumi up by hand."
        )


def expected(forecast: Forecast) -> str:
    """CADRART_EXPECT for the update; empty if no single value covers it."""
    if forecast.purpose == "release to production":
        return ""
    return _EXPECTED.get(forecast.plan.kind, "")
