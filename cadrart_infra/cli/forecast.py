"""What an update will do to the shop, in Markdown: who serves before and after, and what to look at (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.pods import short_digest
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import Kind, UpdatePlan

RISKY = ("replace", "delete")
"""Prefixes of the engine's operations that delete an object."""
_INTERRUPTED = "production is interrupted"
_SYNC = "staging sync:"
"""What the sync's own announcement begins with."""
Serves = Mapping[Environment, tuple[Color, tuple[str, ...]] | None]
"""The colour behind each environment's proxies, and its images."""


@dataclass(frozen=True)
class Forecast:
    """A previewed update: the plan, the engine's operations, and the program's own notes.

    `changed`: the operation on each changed object, by kind and name. `digests`: the digest of each image that a pod
    runs.
    """

    plan: UpdatePlan
    changed: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def purpose(self) -> str:
        """The purpose of the update; two updates with different purposes are not the same one."""
        if self.plan.kind is Kind.SWITCH:
            return f"switch to {self.plan.active}"
        if self.plan.kind is Kind.RELEASE and self.plan.releases.changes[self.plan.active]:
            return "release to production"
        return str(self.plan.kind)

    @property
    def risky(self) -> list[str]:
        """The objects that are replaced or deleted."""
        return sorted(name for name, what in self.changed.items() if what.startswith(RISKY))


def summary(forecast: Forecast) -> str:
    """The summary as a Markdown list."""
    return "\n".join(f"- {line}" for line in _lines(forecast))


def _lines(forecast: Forecast) -> Iterator[str]:
    plan, notes = forecast.plan, "\n".join(forecast.notes)
    yield f"**What it is:** {forecast.purpose}."
    if plan.kind is Kind.SWITCH:
        yield f"**Production switches** from {plan.roles.served_by or 'proxies that disagree'} to {plan.active}."
    else:
        yield "**Production's colour** stays as it is." if plan.live.routed else "**Nothing serves yet.**"
    yield f"**These pods restart:** {', '.join(plan.pods.rolls) or 'none for a colour, a role or a release'}."
    yield "**The database is interrupted.**" if _INTERRUPTED in notes else "**The database** is not interrupted."
    yield f"**The sync of staging's database:** {_sync(forecast)}."
    wanted = _approval(forecast)
    yield f"**Approve it only if you want** {wanted}." if wanted else "**Nothing in it** asks for a second look."


def _sync(forecast: Forecast) -> str:
    """The sync's own announcement, without its prefix."""
    said = (note.removeprefix(_SYNC) for note in forecast.notes if note.startswith(_SYNC))
    return next(said, "has nothing to do").strip()


def _approval(forecast: Forecast) -> str:
    reasons = {
        "production to switch": forecast.plan.kind is Kind.SWITCH,
        "another release in production, untested in staging": forecast.purpose == "release to production",
        "production to be interrupted": _INTERRUPTED in "\n".join(forecast.notes),
        f"these replaced or deleted: {', '.join(forecast.risky)}": bool(forecast.risky),
    }
    return "; ".join(reason for reason, given in reasons.items() if given)


def before_after_table(forecast: Forecast) -> str:
    """A Markdown table: who serves what before and after, with releases and digests."""
    before, after = _before(forecast.plan), _after(forecast.plan)
    rows = ["| | now | after |", "|---|---|---|"]
    for environment in Environment:
        cells = (_cell(now.get(environment), forecast.digests) for now in (before, after))
        rows.append(f"| {environment.spoken} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(serves: tuple[Color, tuple[str, ...]] | None, digests: Mapping[str, str]) -> str:
    if serves is None:
        return "nobody"
    color, images = serves
    shown = (f"{naming.release_of(image)}{_digest(digests.get(image, ''))}" for image in images)
    return f"{color}: {', '.join(shown)}"


def _digest(digest: str) -> str:
    return f" (`{short_digest(digest)}`)" if digest else ""


def before_after_diagram(plan: UpdatePlan) -> str:
    """A Mermaid diagram: before → after."""
    lines = ["flowchart LR"]
    for when, serves in (("now", _before(plan)), ("after", _after(plan))):
        lines.append(f"  subgraph {when}")
        for environment in Environment:
            name = f"{when}{environment}"
            lines.append(f'    {name}["{environment.spoken}"] --> {name}c["{_box(serves, environment)}"]')
        lines.append("  end")
    return "\n".join([*lines, "  now --> after"])


def _box(serves: Serves, environment: Environment) -> str:
    found = serves.get(environment)
    return "<br/>".join([found[0], *map(naming.release_of, found[1])]) if found else "nobody"


def _before(plan: UpdatePlan) -> Serves:
    production, colors = plan.roles.served_by, plan.live.colors
    staging = production.other if production else None
    if staging and staging in colors and colors[staging].environment is not Environment.STG:
        staging = None
    pairs = ((Environment.PROD, production), (Environment.STG, staging))
    return {
        environment: (color, tuple(colors[color].images.values())) if color and color in colors else None
        for environment, color in pairs
    }


def _after(plan: UpdatePlan) -> Serves:
    staging = None if plan.roles.held_until else plan.inactive
    pairs = ((Environment.PROD, plan.active), (Environment.STG, staging))
    return {
        environment: (color, tuple(plan.images[color][one] for one in workloads.names())) if color else None
        for environment, color in pairs
    }
