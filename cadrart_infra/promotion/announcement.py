"""What an update means, in the shop's own words, for a preview (pure functions)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cadrart_infra import naming
from cadrart_infra.colors import Color, Environment
from cadrart_infra.naming import Workload
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
    lines = list(_switch(live, wanted)) if live.is_switch_to(wanted.active) else list(_no_switch(live, wanted))
    return "\n".join(lines)


def _switch(live: Live, wanted: Wanted) -> Iterator[str]:
    active, former = wanted.active, wanted.active.other
    yield f"switch: production {live.production or 'of mixed colours'} → {active}"
    before = live.colors.get(former)
    for workload, image in wanted.images[active].items():
        yield f"  production's {workload}: {_change(before, workload, image)}"
    if _is_ready_for(live.colors.get(active), Environment.PROD, wanted.images[active]):
        yield f"  {active}'s pods are bound to production already and are not restarted"
    else:
        yield f"  first {_pods(active)} restart, bound to production's database; then the gate judges them"
    proxies = " and ".join(naming.proxy_name(workload, Environment.PROD) for workload in Workload)
    yield f"  then {proxies} turn, side by side with {naming.ENVIRONMENT_CONFIG}"
    if wanted.standby.until:
        until = wanted.standby.until.strftime("%Y-%m-%d %H:%M UTC")
        yield f"  {former} stays bound to production, untouched: a warm way back until {until}, and no staging"
    else:
        yield f"  last {_pods(former)} restart, bound to staging's database, and staging's proxies turn to them"
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
    drifted = [name for name, routed in live.routed.items() if routed.content != naming.routing(wanted.active)[name]]
    if drifted:
        yield f"changed by hand, and put right: {', '.join(sorted(drifted))}"


def _is_ready_for(color: LiveColor | None, environment: Environment, images: Images) -> bool:
    return color is not None and color.environment is environment and color.images == images


def _change(before: LiveColor | None, workload: Workload, image: str) -> str:
    old, new = (before.images[workload] if before else ""), _release(image)
    return f"{new}, as now" if old == image else f"{_release(old) or 'none'} → {new}"


def _pods(color: Color) -> str:
    return " and ".join(naming.workload_name(workload, color) for workload in Workload)


def _release(image: str) -> str:
    """An image without its registry and path."""
    return image.rpartition("/")[2]
