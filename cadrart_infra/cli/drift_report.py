"""The drift issue on GitHub: kept up to date while the cluster differs from Git, closed when it no longer does."""

import contextlib
from collections.abc import Collection

from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cli.previews import Preview
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.github.api import Api
from cadrart_infra.github.issues import Issue
from cadrart_infra.github.text import LONGEST, clean, fenced, folded
from cadrart_infra.model import PROGRAM, Environment
from cadrart_infra.promotion.serving import read_serving, serving_table
from cadrart_infra.user_errors import UserError

_RESERVE = 500
_MOST = 12_000
"""Characters of each part that stands before the diff: GitHub refuses an issue that is too long, with all of it."""


def has_drift(preview: Preview) -> bool:
    """Whether the cluster differs from Git, or the preview could not find out."""
    return bool(preview.outcome.changed) or not preview.outcome.ok


def report_drift(workspace: Workspace, preview: Preview) -> int:
    """Opens, updates or closes the issue by the preview; returns 0 if the cluster is as Git says, else 1."""
    issue = _issue(workspace.stack)
    if issue and has_drift(preview):
        issue.keep(
            f"{workspace.stack}: the cluster is not as Git says",
            _text(workspace, preview, known_secrets(workspace.kubectl())),
        )
    elif issue:
        issue.close()
    return int(has_drift(preview))


def report_unknown(stack: str, error: UserError) -> None:
    """Opens or updates the issue because drift could not be looked for: no answer does not mean no drift."""
    issue = _issue(stack)
    if issue:
        said = clean(error.explained(), known_secrets(None))
        text = (
            f"The cluster of `{stack}` could not be compared with Git:\n\n{fenced(said[:_MOST])}\n\n"
            f"This is closed by the next look that finds none. Look yourself: `cadrart preview --stack {stack}`"
        )
        issue.keep(f"{stack}: nobody could look whether the cluster is as Git says", text)


def _issue(stack: str) -> Issue | None:
    """None outside of a workflow."""
    api = Api.of_workflow()
    return Issue(api, f"<!-- cadrart drift of {PROGRAM}/{stack} -->") if api.repository else None


def _text(workspace: Workspace, preview: Preview, secrets: Collection[str]) -> str:
    """The issue's text. Secrets are masked before a part is cut: half a secret would not be recognized."""
    outcome = preview.outcome
    text = f"`cadrart preview --stack {workspace.stack}` finds differences, which an update would write.\n\n"
    if outcome.errors:
        text += f"**The preview failed:**\n\n{fenced(clean(chr(10).join(outcome.errors), secrets)[:_MOST])}\n\n"
    if outcome.notes:
        text += f"{fenced(clean(chr(10).join(outcome.notes), secrets)[:_MOST])}\n\n"
    text += "".join(f"- {what}: {name}\n" for name, what in outcome.changed.items())[:_MOST]
    with contextlib.suppress(ClusterError):
        text += f"\n{fenced(serving_table(read_serving(workspace.kubectl(), [Environment.PROD])))}\n\n"
    text += "To put it right: `pulumi up`. To keep it: write it into the settings.\n\n"
    output = clean(workspace.log.read_text(errors="replace"), secrets)
    return text + folded("Diff", output, LONGEST - len(text) - _RESERVE, "Cut; see the run's own log.")
