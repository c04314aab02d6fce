"""One entry of the history (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

UNKNOWN = "unknown"
"""The commit, where git does not know it."""
_LONGEST_TEXT = 600
"""Characters of a text; fifty entries are to fit into one object many times over."""
_MOST_NAMES = 30
REPLACES = "replacesProduction"
"""Among the facts of a restore: that a backup has taken production's place, by it or by one before it that it ended."""
IMAGES = "images"
"""Among the facts of an update, with what production runs since; of such a restore, with what ran when the backup was
made."""


def spoken_commit(commit: str, dirty: bool) -> str:
    """A commit as people read it; `dirty`: whether something differs from it."""
    changed = " with changes of its own" if dirty else ""
    return commit if commit == UNKNOWN else f"{commit[:10]}{changed}"


class Outcome(StrEnum):
    """How something ended."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    """Before anything was written."""
    CUT_OFF = "cut off"
    """By a signal, or because Pulumi's engine was killed."""


class Job(StrEnum):
    """What was done; an update that is none of the kinds of `plan.Kind` besides is `UPDATE`."""

    FIRST_INSTALL = "first install"
    SWITCH = "switch"
    RELEASE = "release"
    REPAIR = "repair"
    UPDATE = "update"
    """Of other settings alone."""
    DESTROY = "destroy"
    SYNC = "sync"
    MIGRATION = "migration"
    BACKUP = "backup"
    RESTORE = "restore"
    ROTATION = "rotation"
    """Of values of Secrets."""
    REHEARSAL = "rehearsal"
    """Of an upgrade of the database server."""
    ROLLBACK = "rollback"
    """By the watch over production."""

    @property
    def is_update(self) -> bool:
        """Whether it was a run of the whole program."""
        return self in (Job.FIRST_INSTALL, Job.SWITCH, Job.RELEASE, Job.REPAIR, Job.UPDATE)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What was done, and how it ended."""

    job: Job
    outcome: Outcome
    began: str
    """ISO 8601, UTC, by the API server's clock."""
    seconds: float
    """How long it took."""
    who: str
    commit: str = UNKNOWN
    """Of the program; `unknown` where git does not know."""
    dirty: bool = False
    """Whether it had uncommitted changes."""
    what: str = ""
    changed: tuple[str, ...] = ()
    """Names of what was written."""
    detail: str = ""
    """Why it did not end well."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of a sync or a backup, what it made; of an update, who serves production since."""
    times: int = 1
    """How often in a row; only what was refused or failed the same way is counted so."""

    @classmethod
    def parse(cls, found: Mapping[str, Any]) -> Entry:
        """From `as_dict`, as JSON brings it back; raises ValueError, KeyError or TypeError for anything else."""
        known = {key: found[key] for key in cls.__dataclass_fields__ if key in found}
        enums = {"job": Job(found["job"]), "outcome": Outcome(found["outcome"])}
        numbers = {"seconds": float(found["seconds"]), "times": int(found.get("times", 1))}
        entry = cls(**{**known, **enums, **numbers, "changed": tuple(found.get("changed", ()))})
        if entry.moment.tzinfo is None:
            raise ValueError(f"{entry.began} has no time zone")
        return entry

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; what is long is cut."""
        values = {**asdict(self), "changed": list(self.changed[:_MOST_NAMES]), "seconds": round(self.seconds, 1)}
        return {**values, "what": _cut(self.what), "detail": _cut(self.detail)}

    @property
    def moment(self) -> datetime:
        """When it began, with its time zone."""
        return datetime.fromisoformat(self.began)

    @property
    def ended(self) -> datetime:
        """When it ended, or up to two seconds before."""
        return self.moment + timedelta(seconds=self.seconds)

    @property
    def program(self) -> str:
        """The commit as people read it."""
        return spoken_commit(self.commit, self.dirty)

    def sentence(self) -> str:
        """One line for people, without the time."""
        what = f" ({_in_one_line(self.what)})" if self.what else ""
        text = f"{self.job} {self.outcome}{what}: by {self.who}, program {self.program}, {self.seconds:.0f} s"
        return f"{text}; {_in_one_line(self.detail)}" if self.detail else text

    def repeats(self, other: Entry) -> bool:
        """Whether it is the other one once more, and neither changed anything."""
        if self.outcome is Outcome.DONE or self.changed or other.changed:
            return False
        mine, others = self.as_dict(), other.as_dict()
        return all(mine[name] == others[name] for name in ("job", "outcome", "who", "what", "detail"))


def _in_one_line(text: str) -> str:
    """The lines behind each other; a semicolon parts those that no sign parts."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return " ".join(line if line[-1] in ".,;:…" else f"{line};" for line in lines).removesuffix(";")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
