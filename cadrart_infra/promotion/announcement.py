"""What an update means, in the shop's own words, for a preview (pure functions)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.promotion.live import Live, LiveColor
from cadrart_infra.promotion.standby import Standby

Images = Mapping[Workload, str]


@dataclass(frozen=True)
class Wanted:
    """What the settings ask for."""

    active: Color
    images: Mapping[Color, Images]
    standby: Standby


def announcement(live: Live, wanted: Wanted) -> str:
    """What the update does, as lines for people; empty where colours, roles and releases stay as they are."""
    if not live.routed:
        return f"first install: {wanted.active} will serve production, {wanted.active.other} staging"
    whole_switch = live.production is wanted.active.other
    return "\n".join(_switch(live, wanted) if whole_switch else _no_switch(live, wanted))


def _switch(live: Live, wanted: Wanted) -> Iterator[str]:
    active, former = wanted.active, wanted.active.other
    yield f"switch: production {former} → {active}"
    before = live.colors.get(former)
    for workload, image in wanted.images[active].items():
        yield f"  production's {workload}: {_change(before, workload, image)}"
    if live.stands_by(active, wanted.images[active]):
        yield f"  {active}'s pods are bound to production already and are not restarted"
    else:
        yield f"  first {_pods(active)} restart, bound to production's database; then the gate judges them"
    proxies = " and ".join(traffic.proxies(Environment.PROD))
    yield f"  then {proxies} turn, side by side with {naming.ENVIRONMENT_CONFIG}"
    if wanted.standby.until:
        yield f"  {wanted.standby.words(former)}"
    else:
        yield f"  last {_pods(former)} restart, bound to staging's database; staging's proxies turn to them"
    yield "  untouched: the database server, both databases' accounts, the volumes, the Ingress"


def _no_switch(live: Live, wanted: Wanted) -> Iterator[str]:
    for color, environment in ((wanted.active, Environment.PROD), (wanted.active.other, Environment.STG)):
        before = live.colors.get(color)
        changes = [
            f"{workload} {_change(before, workload, image)}"
            for workload, image in wanted.images[color].items()
            if before is None or before.images[workload] != image
        ]
        if changes:
            yield f"release to {environment.spoken} ({color}): {', '.join(changes)}"
    former = live.colors.get(wanted.active.other)
    if former and former.environment is Environment.PROD and not wanted.standby.until:
        yield f"{wanted.active.other} is no longer kept for production: its pods restart, bound to staging's database"
    routing = traffic.routing(wanted.active)
    differ = [name for name in routing if name not in live.routed or live.routed[name].content != routing[name]]
    if differ:
        yield f"put right, for somebody or something else changed it: {', '.join(sorted(differ))}"


def _change(before: LiveColor | None, workload: Workload, image: str) -> str:
    old, new = (before.images[workload] if before else ""), naming.release_of(image)
    return f"{new}, as now" if old == image else f"{naming.release_of(old) or 'none'} → {new}"


def _pods(color: Color) -> str:
    return " and ".join(workloads.deployments(color))
