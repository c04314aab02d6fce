"""What the cluster does otherwise than Git says, as one issue that is kept up to date, and closed when it is gone."""

import contextlib
from collections.abc import Collection

from cadrart_infra.cli.desk import Desk
from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cli.previews import Preview
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.github.api import Api
from cadrart_infra.github.issues import Issue
from cadrart_infra.github.text import LONGEST, clean, fenced, folded
from cadrart_infra.model import PROGRAM, Environment
from cadrart_infra.promotion.serving import read_serving, serving_table
from cadrart_infra.user_errors import UserError

_RESERVE = 500
_TOLD = 12_000
"""Characters of each part that stands before the diff: GitHub refuses an issue that is too long, with all of it."""


def has_drift(preview: Preview) -> bool:
    """Whether the cluster is otherwise than Git says, or the preview could not find that out."""
    return bool(preview.outcome.changed) or not preview.outcome.ok


def report_drift(desk: Desk, preview: Preview) -> int:
    """Keeps the issue as the preview says; the exit status: 0 where the cluster does what Git says, 1 where not."""
    issue = _issue(desk.stack)
    if issue and has_drift(preview):
        issue.keep(f"{desk.stack}: the cluster is not as Git says", _text(desk, preview, known_secrets(desk.kubectl())))
    elif issue:
        issue.close()
    return int(has_drift(preview))


def report_unknown(stack: str, error: UserError) -> None:
    """Keeps the issue where nobody could look: a night without an answer is no night without a difference."""
    issue = _issue(stack)
    if issue:
        said = clean(error.explained(), known_secrets(None))
        text = (
            f"The cluster of `{stack}` could not be compared with Git:\n\n{fenced(said[:_TOLD])}\n\n"
            f"This is closed by the next look that finds none. Look yourself: `cadrart preview --stack {stack}`"
        )
        issue.keep(f"{stack}: nobody could look whether the cluster is as Git says", text)


def _issue(stack: str) -> Issue | None:
    """None outside of a workflow."""
    api = Api.of_workflow()
    return Issue(api, f"<!-- cadrart drift of {PROGRAM}/{stack} -->") if api.repository else None


def _text(desk: Desk, preview: Preview, secrets: Collection[str]) -> str:
    """Each part without the values of `secrets` before it is cut: half of one would not be known any more."""
    outcome = preview.outcome
    told = f"`cadrart preview --stack {desk.stack}` finds differences, which an update would write.\n\n"
    if outcome.errors:
        told += f"**The preview failed:**\n\n{fenced(clean(chr(10).join(outcome.errors), secrets)[:_TOLD])}\n\n"
    if outcome.notes:
        told += f"{fenced(clean(chr(10).join(outcome.notes), secrets)[:_TOLD])}\n\n"
    told += "".join(f"- {what}: {name}\n" for name, what in outcome.changed.items())[:_TOLD]
    with contextlib.suppress(ClusterError):
        told += f"\n{fenced(serving_table(read_serving(desk.kubectl(), [Environment.PROD])))}\n\n"
    told += "To put it right: `pulumi up`. To keep it: write it into the settings.\n\n"
    output = clean(desk.log.read_text(errors="replace"), secrets)
    return told + folded("Diff", output, LONGEST - len(told) - _RESERVE, "Cut; see the run's own log.")
