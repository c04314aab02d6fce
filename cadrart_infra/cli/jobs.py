"""What each daily job sets, and what it may not do (pure functions of the settings and of what the cluster does)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.image_pull import has_version
from cadrart_infra.live import Live
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.settings import Settings
from cadrart_infra.user_errors import UserError


class JobError(UserError):
    """The job cannot be done as things are; nothing was changed."""


@dataclass(frozen=True)
class Job:
    """One update: the settings that it changes, and what it is for.

    `expect`: release, switch or nothing, what the program may find it to be (CADRART_EXPECT); empty: anything.
    `back`: the command that undoes it; empty: there is none. `is_done`: whether the cluster does what was asked; if
    not, a failed job takes its settings back.
    """

    changes: Mapping[str, str]
    expect: str
    back: str
    is_done: Callable[[Live], bool]


def release(settings: Settings, live: Live, workload: str, version: str) -> Job:
    """A new version of a workload, or of one image by its whole name, for the colour that serves staging."""
    color = _production(settings, live).other
    images = settings.images.of(color).by_workload()
    if workload not in images:
        raise JobError(f"{workload} is no workload; nothing was changed. Choose one of: {', '.join(images)}.")
    name = Workload(workload)
    image = image_of(images[name], version)
    ran = color in live.colors and live.colors[color].ready
    back = f"cadrart release {workload} {images[name]}" if ran else ""
    return Job({f"images.{color}.{workload}": image}, "release", back, _runs(color, name, image))


def image_of(now: str, version: str) -> str:
    """The image with a new version; a `version` with a slash is an image's whole name."""
    if "/" in version:
        return version
    name, _, _digest = now.partition("@")
    registry, slash, last = name.rpartition("/")
    image = f"{registry}{slash}{last.partition(':')[0]}{version if version.startswith('@') else f':{version}'}"
    if not has_version(image):
        raise JobError(f"{version} is no version; nothing was changed. Name the release, e.g. 1.4.2.")
    return image


def _runs(color: Color, workload: Workload, image: str) -> Callable[[Live], bool]:
    def runs(live: Live) -> bool:
        return color in live.colors and live.colors[color].images.get(workload) == image

    return runs


def switch(settings: Settings, live: Live, target: str, leaves: str) -> Job:
    """Switch production's traffic to `target`, from `leaves`.

    Empty: to the colour that is staging, from whatever serves now.
    """
    production = _production(settings, live)
    if leaves and leaves != production:
        raise JobError(f"{production} serves production, not {leaves}; nothing was changed. Look: cadrart status")
    color = Color(target) if target else production.other
    if color is production:
        raise JobError(f"{color} serves production already; nothing was changed.")
    return _turn(color, "switch")


def rollback(settings: Settings, live: Live) -> Job:
    """Back to the colour before; a switch that did not get to its end is undone, and production stays where it is."""
    production = live.production
    if production is None:
        raise JobError(
            "Production's proxies do not lead to one colour, so there is no colour before; nothing was changed. "
            "Name the colour that is to serve: cadrart switch COLOR"
        )
    if settings.active_color is not production or _half_way(live, production):
        return _turn(production, "")
    return _turn(production.other, "switch")


def _half_way(live: Live, production: Color) -> bool:
    """Whether a pod of the other colour was bound to production after production's last switch: it never took over."""
    turned = max(live.routed[name].turned_at for name in traffic.proxies(Environment.PROD))
    others = [live.bound[name] for name in workloads.deployments(production.other) if name in live.bound]
    mine = [one for one in others if one.content[naming.ENVIRONMENT_LABEL] == Environment.PROD]
    return bool(turned) and any(_is_later(one.rolled_at, turned) for one in mine)


def _is_later(one: str, other: str) -> bool:
    return bool(one) and datetime.fromisoformat(one) > datetime.fromisoformat(other)


def _turn(color: Color, expect: str) -> Job:
    return Job({"activeColor": color.value}, expect, "cadrart rollback", lambda live: live.production is color)


def sync(settings: Settings, live: Live, now: str, *, previous: bool) -> Job:
    """A fresh copy of production's database for staging, or the one before (`previous`). `now`: any new text."""
    _production(settings, live)
    key = "sync.restorePrevious" if previous else "sync.request"
    return Job({key: now}, "nothing", "" if previous else "cadrart sync --previous", lambda _live: False)


def _production(settings: Settings, live: Live) -> Color:
    """The colour that serves production, where the settings agree; a stale checkout must not turn production."""
    production = live.production
    if production is None:
        raise JobError(
            "Production's proxies do not lead to one colour; nothing was changed. Install the shop or put it right "
            "first: pulumi up"
        )
    if settings.active_color is not production:
        raise JobError(
            f"activeColor is {settings.active_color} in this checkout, but {production} serves production; "
            "nothing was changed. Bring the checkout up to date, or after a switch that failed: cadrart rollback"
        )
    return production
