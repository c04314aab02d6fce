"""Runs the preview of a stack, and publishes it as a comment on the pull request."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cadrart_infra.cli.engine import Outcome
from cadrart_infra.cli.forecast import Forecast
from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cli.preview_report import PreviewReport, comment_marker, comment_text
from cadrart_infra.cli.updates import forecast_lines
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import POD
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_digests, image_of
from cadrart_infra.github import summary
from cadrart_infra.github.pull_requests import PullRequest
from cadrart_infra.history.store import read_history
from cadrart_infra.live import Live
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.rotation.wanted import read_wanted
from cadrart_infra.user_errors import UserError


@dataclass(frozen=True)
class Preview:
    """A finished preview: the engine's outcome and the forecast."""

    outcome: Outcome
    forecast: Forecast


def run_preview(workspace: Workspace, live: Live, *, policies: bool, kept: Path | None = None) -> Preview:
    """Runs the preview and shows its steps; `kept`: a file for the engine's plan (see `Engine.preview`)."""
    page, kubectl = workspace.page, workspace.kubectl()
    plan = UpdatePlan(workspace.settings, live, read_history(kubectl), read_wanted(kubectl))
    page.line(forecast_lines(plan))
    outcome = workspace.engine().preview(policies=policies, plan=kept)
    for name, what in outcome.changed.items():
        page.line(f"  {what}  {name}")
    if not outcome.changed and outcome.ok:
        page.line("Nothing would be written.")
    for error in outcome.errors:
        page.line(f"error: {error}")
    page.line(f"Pulumi's own output: {workspace.log}")
    return Preview(outcome, Forecast(plan, outcome.changed, outcome.notes, _digests(kubectl)))


def publish_preview(workspace: Workspace, preview: Preview) -> None:
    """Publishes the preview as a comment on the workflow's pull request and as the job's summary."""
    output = workspace.log.read_text(errors="replace")
    report = PreviewReport(workspace.stack, preview.forecast, preview.outcome.errors, output)
    _publish(report, known_secrets(workspace.kubectl()))


def publish_failure(stack: str, error: UserError) -> None:
    """Publishes that the preview could not start, e.g. for wrong settings or a cluster that does not answer."""
    _publish(PreviewReport(stack, errors=[error.explained()]), known_secrets(None))


def publish_end(stack: str, text: str) -> None:
    """Publishes that the stack is gone, so that there is nothing to preview."""
    _publish(PreviewReport(stack, instead=text), known_secrets(None))


def _publish(report: PreviewReport, secrets: set[str]) -> None:
    summary.add_to_summary(comment_text(report, longest=summary.LONGEST, secrets=secrets))
    pull_request = PullRequest.of_workflow()
    if pull_request:
        pull_request.keep_comment(
            comment_marker(report.stack), comment_text(report, summary.run_page(), secrets=secrets)
        )


def _digests(kubectl: Kubectl) -> Mapping[str, str]:
    """The digest of each image by the pods that run it; empty if the cluster does not answer."""
    with contextlib.suppress(ClusterError):
        return {image_of(pod): digest for pod in kubectl.objects(POD) for digest in image_digests([pod])}
    return {}
