"""What the cluster does otherwise than Git says, as one issue that is kept up to date, and closed when it is gone."""

import contextlib

from cadrart_infra.cli.desk import Desk
from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cli.previews import Preview
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.github.api import Api
from cadrart_infra.github.issues import Issue
from cadrart_infra.github.text import LONGEST, clean, fenced, folded
from cadrart_infra.model import PROGRAM, Environment
from cadrart_infra.promotion.serving import read_serving, serving_table

_RESERVE = 500


def report_drift(desk: Desk, preview: Preview) -> int:
    """Keeps the issue as the preview says; the exit status: 0 where the cluster does what Git says, 1 where not."""
    outcome, api = preview.outcome, Api.of_workflow()
    differs = bool(outcome.changed) or not outcome.ok
    if api.repository:
        issue = Issue(api, f"<!-- cadrart drift of {PROGRAM}/{desk.stack} -->")
        if differs:
            text = clean(_text(desk, preview), known_secrets(desk.kubectl()))
            issue.keep(f"{desk.stack}: the cluster is not as Git says", text)
        else:
            issue.close()
    return int(differs)


def _text(desk: Desk, preview: Preview) -> str:
    outcome = preview.outcome
    told = f"`cadrart preview --stack {desk.stack}` finds differences, which an update would write.\n\n"
    if outcome.errors:
        told += f"**The preview failed:**\n\n{fenced(chr(10).join(outcome.errors))}\n\n"
    if outcome.notes:
        told += f"{fenced(chr(10).join(outcome.notes))}\n\n"
    told += "".join(f"- {what}: {name}\n" for name, what in outcome.changed.items())
    with contextlib.suppress(ClusterError):
        told += f"\n{fenced(serving_table(read_serving(desk.kubectl(), [Environment.PROD])))}\n\n"
    told += "To put it right: `pulumi up`. To keep it: write it into the settings.\n\n"
    output = desk.log.read_text(errors="replace")
    return told + folded("Diff", output, LONGEST - len(told) - _RESERVE, "Cut; see the run's own log.")
