"""The daily jobs: which settings each one changes, and when it is refused (pure functions)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.history.entry import Job as Recorded
from cadrart_infra.history.history import History
from cadrart_infra.image_pull import has_version
from cadrart_infra.live import Live
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.settings import Settings
from cadrart_infra.user_errors import UserError

_CUT = timedelta(seconds=2)
"""An entry's end may be this much too early, since times are cut to seconds; no update has new pods that soon."""


class JobError(UserError):
    """The job is refused as things are; nothing was changed."""


@dataclass(frozen=True)
class Job:
    """One update: the settings that it changes, and what it is for."""

    changes: Mapping[str, str]
    expect: str
    """What the program may find it to be (CADRART_EXPECT): release, switch or nothing; empty: anything."""
    back: str
    """The command that undoes it; empty: there is none."""
    is_done: Callable[[Live], bool]
    """Whether the cluster does what was asked; if not, a failed job takes its settings back."""
    reading: str = ""
    """What was taken for granted, where things can be read two ways."""


def release(settings: Settings, live: Live, workload: str, version: str) -> Job:
    """A new version of a workload, or of one image by its whole name, for the colour that serves staging."""
    color = _production(settings, live).other
    images = settings.images.of(color).by_workload()
    name = workload_named(workload, images)
    image = image_of(images[name], version)
    runs = live.colors.get(color)
    before = runs.images.get(name, "") if runs and runs.ready else ""
    back = f"cadrart release {workload} {before}" if before not in ("", image) else ""
    reading = f"{color} runs {image} already." if before == image else ""
    return Job({f"images.{color}.{workload}": image}, "release", back, _runs_image(color, name, image), reading)


def other_workloads_changes(settings: Settings, live: Live, workload: str) -> dict[str, str]:
    """Other workloads' images that staging runs and these settings would change, by setting key."""
    color = _production(settings, live).other
    wanted, runs = settings.images.of(color).by_workload(), live.colors.get(color)
    return {
        f"images.{color}.{name}": image
        for name, image in (runs.images if runs else {}).items()
        if name != workload and image != wanted.get(name, image)
    }


def workload_named(workload: str, images: Mapping[Workload, str]) -> Workload:
    """The workload of that name, one of those in `images`; raises JobError."""
    if workload not in images:
        raise JobError(f"{workload} is no workload; nothing was changed. Choose one of: {', '.join(images)}.")
    return Workload(workload)


def image_of(now: str, version: str) -> str:
    """The image with a new version; `version` itself if it is a whole image name. Raises JobError."""
    if is_image(version):
        return version
    name, _, _digest = now.partition("@")
    registry, slash, last = name.rpartition("/")
    version = f"@{version}" if _is_digest(version) else version
    image = f"{registry}{slash}{last.partition(':')[0]}{version if version.startswith('@') else f':{version}'}"
    if not has_version(image) or any(map(str.isspace, version)):
        raise JobError(f"{version!r} is no version; nothing was changed. Name the release, e.g. 1.4.2.")
    return image


def is_image(version: str) -> bool:
    """Whether it is an image's whole name; a version may be a tag, a digest, or both."""
    return "/" in version or (":" in version.partition("@")[0] and not _is_digest(version))


def _is_digest(version: str) -> bool:
    """Whether it is a digest alone, as registries and `cadrart status` show it."""
    return version.startswith("sha256:")


def _runs_image(color: Color, workload: Workload, image: str) -> Callable[[Live], bool]:
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
    return _switch_to(color, "switch")


def rollback(settings: Settings, live: Live, history: History) -> Job:
    """Switches back to the former colour; after an unfinished switch, production stays where it is."""
    production = live.production
    if production is None:
        raise JobError(
            "Production's proxies do not lead to one colour, so there is no colour before; nothing was changed. Put "
            f"them right first: pulumi up leads them to {settings.active_color}, the activeColor of this checkout"
        )
    if settings.active_color is not production:
        return _switch_to(production, "")
    if _is_unfinished_switch(live, history, production):
        return replace(_switch_to(production, ""), reading=_unfinished_switch_notice(production))
    _require_way_back(live, history, production)
    return _switch_to(production.other, "switch")


def _is_unfinished_switch(live: Live, history: History, production: Color) -> bool:
    """Whether the other colour's pods were bound to production after the last switch: it never took over.

    A warm standby's pods are exchanged as well, e.g. for another value of a Secret: by an update that ended well.
    """
    turned = max(live.routed[name].turned_at for name in traffic.proxies(Environment.PROD))
    if not turned:
        return False
    since = max([datetime.fromisoformat(turned), *_end_of_last_complete_update(live, history, production.other)])
    others = [live.bound[name] for name in workloads.deployments(production.other) if name in live.bound]
    mine = [one for one in others if one.content[naming.ENVIRONMENT_LABEL] == Environment.PROD]
    return any(one.rolled_at and datetime.fromisoformat(one.rolled_at) > since for one in mine)


def _end_of_last_complete_update(live: Live, history: History, color: Color) -> list[datetime]:
    """When the last successful update ended, since it left nothing half-way.

    None where a colour runs what never served production: that update may have kept what a switch had left half-way.
    """
    last, runs = history.last_update, live.colors.get(color)
    known = last and runs and all(history.has_served(*one) for one in runs.images.items())
    return [last.ended + _CUT] if last and known else []


def _unfinished_switch_notice(production: Color) -> str:
    other = production.other
    return (
        f"{other}'s pods were bound to production after its last switch. This is taken for a switch that stopped "
        f"half-way: {production} goes on serving production. If {other} is to serve it: "
        f"cadrart switch {other} --from {production}"
    )


def _require_way_back(live: Live, history: History, production: Color) -> None:
    """Raises JobError where the other colour never served, or got a release for staging since: that is no way back.

    Where nothing is known of when it served, it is taken for one.
    """
    other, runs = production.other, live.colors.get(production.other)
    installed = history.latest.get(Recorded.FIRST_INSTALL)
    if installed and installed.facts.get("production") == production and Recorded.SWITCH not in history.latest:
        raise JobError(
            f"{production} serves production since the first install, so there is no colour to go back to; nothing was "
            f"changed. If a switch failed, pulumi up undoes what it left. If {other} is to serve production: "
            f"cadrart switch {other} --from {production}"
        )
    served = history.served_by(other)
    new = {
        name: (served[name], image)
        for name, image in (runs.images if runs else {}).items()
        if served.get(name, image) != image and not history.has_served(name, image)
    }
    if new:
        releases = "".join(f"cadrart release {name} {before} && " for name, (before, _) in new.items())
        raise JobError(
            f"{other} is no way back: since it served production, it got "
            f"{' and '.join(image for _, image in new.values())}, which production never ran; nothing was changed. "
            f"To go back: {releases}cadrart switch {other} --from {production}\n"
            f"  To go on with what {other} runs now: cadrart switch {other} --from {production}"
        )


def _switch_to(color: Color, expect: str) -> Job:
    return Job({"activeColor": color.value}, expect, "cadrart rollback", lambda live: live.production is color)


def sync(settings: Settings, live: Live, now: str, *, previous: bool) -> Job:
    """A fresh copy of production's database for staging, or the one before (`previous`). `now`: any new text."""
    _production(settings, live)
    key = "sync.restorePrevious" if previous else "sync.request"
    return Job({key: now}, "nothing", "" if previous else "cadrart sync --previous", lambda _live: False)


def _production(settings: Settings, live: Live) -> Color:
    """The colour that serves production; raises JobError if the settings disagree (a stale checkout)."""
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
