"""The Markdown that the trials become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.switch.trial import PREVIEW, ROLLBACK_COLD, ROLLBACK_WARM, STATUS, SWITCH, Taken, Trial, median

_NONE = "–"


@dataclass(frozen=True)
class Run:
    """Everything that one run found: the trials, the reasons for those that are missing, and where it was."""

    trials: Sequence[Trial]
    missing: dict[str, str]
    plain_rollout: float
    """Seconds that a plain `kubectl rollout restart` of the same two Deployments takes."""
    rate: float
    machine: str


def markdown(run: Run) -> str:
    """The table, one column a way to switch, and what has to be said with it."""
    rows = [
        ("", *(trial.name for trial in run.trials)),
        ("---", *("---:" for _ in run.trials)),
        *((label, *(show(trial) for trial in run.trials)) for label, show in _ROWS),
    ]
    table = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([_heading(run), "", *table, "", *_remarks(run)]) + "\n"


def _heading(run: Run) -> str:
    return (
        f"{run.machine}. One throw-away cluster, one run, one way after the other; {run.rate:g} requests a second to "
        "each of the four proxies all the while, half of them on fresh connections, half on kept-alive ones, a quarter "
        "of those to a backend writes, and a websocket to each backend. Times are medians, the longest in brackets."
    )


def _remarks(run: Run) -> Iterable[str]:
    yield (
        f"- A plain `kubectl rollout restart` of the same two Deployments takes {run.plain_rollout:.1f} s until "
        "`rollout status` is content."
    )
    yield from (f"- {name}: not measured, {reason}" for name, reason in run.missing.items())
    for trial in run.trials:
        if trial.errors:
            counted = ", ".join(f"{count} × {error}" for error, count in sorted(trial.errors.items()))
            yield f"- {trial.name}, errors in production: {counted}"


def _steps(trial: Trial) -> str:
    return str(len(trial.steps))


def _times(kind: str, value: Callable[[Taken], float | None]) -> Callable[[Trial], str]:
    def show(trial: Trial) -> str:
        found = [each for step in trial.of(kind) if (each := value(step)) is not None]
        if not found:
            return _NONE
        middle = f"{median(found):.1f}"
        return middle if len(found) == 1 else f"{middle} ({max(found):.1f})"

    return show


def _ratio(trial: Trial) -> str:
    found = [step.ratio for step in trial.of(SWITCH) if step.ratio is not None]
    return f"{median(found):.2f} ({max(found):.2f})" if found else _NONE


def _look(name: str) -> Callable[[Trial], str]:
    return lambda trial: f"{trial.looks[name]:.1f}" if name in trial.looks else _NONE


def _count(value: int | None) -> str:
    return _NONE if value is None else f"{value:,}"


_ROWS: Sequence[tuple[str, Callable[[Trial], str]]] = (
    ("switches and rollbacks", _steps),
    ("requests to production", lambda trial: _count(trial.requests)),
    ("**failed requests of production**, websockets included", lambda trial: _count(trial.failed)),
    ("**production's requests on the wrong database**", lambda trial: _count(trial.wrong_production)),
    ("**staging's requests on production's database**", lambda trial: _count(trial.wrong_staging)),
    ("**rows on the wrong database**, counted there", lambda trial: _count(trial.stray_rows)),
    ("rows of production lost", lambda trial: _count(trial.lost_rows)),
    ("longest gap between two good answers of production, ms", lambda trial: f"{trial.longest_gap * 1000:.0f}"),
    ("production on both colours at once, ms", _times(SWITCH, lambda step: step.mixed * 1000)),
    ("start until production is on the new colour, s", _times(SWITCH, lambda step: step.to_production)),
    ("what the new pods need from creation to ready, s", _times(SWITCH, lambda step: step.pods)),
    ("start until production is on the new colour, over what the pods need, s", _times(SWITCH, lambda step: step.over)),
    ("ratio of the first two", _ratio),
    ("whole switch, s", _times(SWITCH, lambda step: step.whole)),
    ("rollback, cold: until production is back, s", _times(ROLLBACK_COLD, lambda step: step.to_production)),
    ("rollback, warm: until production is back, s", _times(ROLLBACK_WARM, lambda step: step.to_production)),
    ("preview with nothing to change, s", _look(PREVIEW)),
    ("who serves what, s", _look(STATUS)),
    ("longest time without an answer from staging, s", _times(SWITCH, lambda step: step.staging_gap)),
)
