"""How a Job can end badly."""

from __future__ import annotations

from collections.abc import Sequence

from cadrart_infra.user_errors import UserError

Meaning = tuple[str, str]
"""Of an exit code: what happened, and what to do about it."""
UNKNOWN: Meaning = ("The program ended with an error", "Its own message below says why.")


def meaning_if_killed(meaning: Meaning, why: str, setting: str) -> Meaning:
    """The same end where the program was killed, so that its own message says nothing of it.

    `setting`: what raises its limit of memory; empty where none does.
    """
    what, _ = meaning
    raised = f"Raise the limit ({setting}), or see" if setting else "No setting raises its limit of memory. See"
    return f"{what}: it was killed", f"The reason: {why}. {raised} that the node has room for it, and run it again."


class JobProblem(UserError):
    """A Job that did not end well; `lines` are the last of its log."""

    def __init__(self, what: str, remedy: str, lines: Sequence[str] = ()) -> None:
        self.what, self.remedy, self.lines = what, remedy, tuple(lines)
        super().__init__(self.with_outcome(""))

    def with_outcome(self, untouched: str) -> str:
        """The whole text: what happened, what it left `untouched`, what to do, the log's last lines."""
        sentences = " ".join(filter(None, [f"{self.what}.", untouched]))
        tail = "".join(f"\n    {line}" for line in self.lines)
        log = f"\n  The end of its log:{tail}" if tail else ""
        return f"{sentences}\n  {self.remedy}{log}"


class NotStarted(JobProblem):
    """The Job's pod never ran."""


class TimeLimit(JobProblem):
    """The Job took longer than it may."""


class Failed(JobProblem):
    """The Job's program ended with an error."""

    def __init__(self, code: int, lines: Sequence[str], meaning: Meaning) -> None:
        what, remedy = meaning
        super().__init__(f"{what} (exit code {code})", remedy, lines)
        self.code = code
