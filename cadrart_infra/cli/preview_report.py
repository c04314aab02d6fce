"""A preview as a comment on a pull request: the forecast first, then the diff, which is cut if too long (pure)."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cadrart_infra.cli.forecast import Forecast, before_after_diagram, before_after_table, summary
from cadrart_infra.github.pull_requests import PREVIEW
from cadrart_infra.github.text import LONGEST, clean, fenced, folded
from cadrart_infra.model import PROGRAM

_ERRORS = 8000
"""Characters of what the engine and the program said of a preview that failed."""
_NOTES = 8000
_RESERVE = 500
"""Characters for what stands around the diff."""
_APPROVAL = re.compile(r"<!-- cadrart approval (.*) -->")


@dataclass(frozen=True)
class PreviewReport:
    """How the preview of one stack ended. `forecast`: None if it failed before that; `output`: Pulumi's own.

    `instead`: what is said where there is nothing to preview.
    """

    stack: str
    forecast: Forecast | None = None
    errors: Sequence[str] = ()
    output: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Approval:
    """What merging approves: the purpose of the previewed update, and the objects that it replaces or deletes."""

    purposes: frozenset[str] = frozenset()
    risky: frozenset[str] = field(default_factory=frozenset)

    def __or__(self, other: "Approval") -> "Approval":
        """What two previews showed together."""
        return Approval(self.purposes | other.purposes, self.risky | other.risky)


def comment_marker(stack: str) -> str:
    """The first line of a stack's comment, by which it is found again."""
    return PREVIEW.format(f"{PROGRAM}/{stack}")


def comment_text(
    report: PreviewReport, page: str = "", longest: int = LONGEST, secrets: Collection[str] = frozenset()
) -> str:
    """The comment: at most `longest` characters, `secrets` masked, the approval mark never cut.

    `page`: the address of the job's summary, which has it whole.
    """
    forecast = report.forecast
    text = f"### Preview of `{report.stack}`\n\n" + (f"{report.instead}\n\n" if report.instead else "")
    if report.errors:
        errors = fenced(clean("\n".join(report.errors), secrets)[:_ERRORS])
        text += f"**It failed; nothing was changed, and it cannot be deployed so.**\n\n{errors}\n\n"
    if forecast:
        diagram = fenced(before_after_diagram(forecast.plan), "mermaid")
        text += f"{summary(forecast)}\n\n{before_after_table(forecast)}\n\n{diagram}\n\n"
        text += f"{_counts(forecast.changed, failed=bool(report.errors))}\n\n"
        if forecast.notes:
            text += folded("What the program says of it", clean("\n".join(forecast.notes), secrets), _NOTES, "…")
    text = clean(_without_marks(text), secrets)
    if forecast and not report.errors:
        text += f"{_approval_mark(forecast)}\n"
    if not report.output:
        return text
    pointer = (
        f"Cut; the whole is in [the job's summary]({page})." if page else "Cut; the whole is in the job's summary."
    )
    return text + folded("Diff", clean(_without_marks(report.output), secrets), longest - len(text) - _RESERVE, pointer)


def _counts(changed: Mapping[str, str], *, failed: bool) -> str:
    counts = ", ".join(f"{number} to {what}" for what, number in sorted(Counter(changed.values()).items()))
    return f"{counts}." if counts else "" if failed else "Nothing would be written."


def _approval_mark(forecast: Forecast) -> str:
    """The Approval, hidden in the comment for the deployment; escaped, so that no name can end the mark."""
    shown = json.dumps({"purpose": forecast.purpose, "risky": forecast.risky}).replace(">", "\\u003e")
    return f"<!-- cadrart approval {shown} -->"


def _without_marks(text: str) -> str:
    """The text without approval marks: only the program's own mark approves."""
    return text.replace("<!--", "<! --")


def approval_in(comment: str) -> Approval:
    """The Approval in a comment; None if it has none, or the preview failed."""
    found = _APPROVAL.search(comment)
    if not found:
        return Approval()
    shown = json.loads(found[1])
    return Approval(frozenset({shown["purpose"]}), frozenset(shown["risky"]))
