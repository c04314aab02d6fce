"""The watch: probes production through its proxies, and rolls back if it fails."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cadrart_infra import naming, traffic
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import POD
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import restart_counts
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.live import read_live
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.production_probe import ProductionProbe
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

FAILURES = 3
"""Bad rounds in a row that roll production back: one may be a pod that restarts, or the cluster's own hiccup."""
PAUSE = 1.0
"""Seconds between rounds."""
_CRASHES = "its pods do not stay up"
_BAD_ROUNDS = f"its proxies did not answer well {FAILURES} times in a row"


class RolledBack(UserError):
    """Production failed after its traffic was switched."""


@dataclass(frozen=True)
class Watch:
    """Production, as `color` serves it with `database`, is watched for `seconds`."""

    color: Color
    database: str
    seconds: float


@dataclass(frozen=True)
class _Failure:
    """Why production is rolled back, and what was seen of it."""

    reason: str
    problems: list[str]


def watch_production(watch: Watch, kubectl: Kubectl, say: Say) -> None:
    """Returns if production stayed healthy for the whole watch; raises RolledBack otherwise.

    Some bad rounds in a row are a reason, and so is one container that had to be started again: it was ready when the
    gate looked, and will crash again.
    """
    say(f"watching production for {watch.seconds:g} s")
    end, bad_rounds = time.monotonic() + watch.seconds, 0
    production, crashes = ProductionProbe(kubectl, watch.database), _Crashes(watch.color, kubectl)
    while time.monotonic() < end:
        problems = production.problems()
        if crashed := crashes.since_the_switch():
            raise RolledBack(_roll_back(watch, kubectl, _Failure(_CRASHES, [*crashed, *problems]), say))
        if problems and not _cluster_answers(kubectl):
            continue  # nobody could be asked: that says nothing about production
        bad_rounds = bad_rounds + 1 if problems else 0
        if bad_rounds == FAILURES:
            raise RolledBack(_roll_back(watch, kubectl, _Failure(_BAD_ROUNDS, problems), say))
        time.sleep(PAUSE)
    say(f"production served by {watch.color} was well for {watch.seconds:g} s")


def is_from_a_switch(watch: Watch, kubectl: Kubectl) -> bool:
    """Whether the former colour is still bound to production, as it is until the watch has passed.

    It is not after a first install, nor where an older release of the program switched: there is nothing to go back to.
    """
    former = read_live(kubectl).colors.get(watch.color.other)
    return former is not None and former.environment is Environment.PROD


class _Crashes:
    """Container restarts in production during the watch."""

    def __init__(self, color: Color, kubectl: Kubectl) -> None:
        self._kubectl = kubectl
        self._selector = f"{naming.COLOR_LABEL}={color},{naming.ENVIRONMENT_LABEL}={Environment.PROD}"
        self._before: Mapping[str, int] | None = None
        self.since_the_switch()

    def since_the_switch(self) -> list[str]:
        """A line for each restarted container; empty if the cluster does not answer."""
        try:
            counts = restart_counts(self._kubectl.objects(POD, selector=self._selector, timeout=5))
        except ClusterError:
            return []
        if self._before is None:
            self._before = counts
        before = self._before
        return [
            f"{name} ended and was started again ({count - before.get(name, 0)} times since)"
            for name, count in counts.items()
            if count > before.get(name, 0)
        ]


def _cluster_answers(kubectl: Kubectl) -> bool:
    try:
        kubectl.ask("/readyz")
    except ClusterError:
        time.sleep(PAUSE)
        return False
    return True


def _roll_back(watch: Watch, kubectl: Kubectl, failure: _Failure, say: Say) -> str:
    """Rolls production back to the other colour if that is still bound to it; says what was done, and the reason."""
    former = watch.color.other
    lines = "\n".join(f"  {problem}" for problem in failure.problems)
    again = f"  Fix {watch.color} and run pulumi up again, which switches production to it again"
    live = read_live(kubectl)
    if live.production is not watch.color:  # this watch may outlive an update that was killed
        return f"Production does not lead to {watch.color} any more, and was left alone.\n{lines}"
    colors = live.colors
    if former not in colors or colors[former].environment is not Environment.PROD or not colors[former].ready:
        return (
            f"Production is not well with {watch.color}, for {failure.reason}, and {former} cannot take it back: it "
            f"has no ready pods that are bound to production. Nothing more was changed.\n{lines}\n{again}."
        )
    with recorded(kubectl, Job.ROLLBACK, f"production {watch.color} → {former}", say) as work:
        switch_traffic(kubectl, former)
        work.facts = {"production": former.value, "why": failure.problems}
    return (
        f"Production was rolled back to {former}: it was not well with {watch.color}, for {failure.reason}. "
        f"{former}'s pods were not touched; staging waits.\n{lines}\n{again}, or stay with {former}: "
        f"pulumi config set activeColor {former} && pulumi up"
    )


def switch_traffic(kubectl: Kubectl, color: Color) -> None:
    """Makes production's proxies lead to a colour, and the record say so; raises ClusterError where a write fails.

    Written past the engine, in a moment when it cannot write: the next update notices by the object's content.
    """
    routing = traffic.routing(color)
    patches = {
        **{f"service/{name}": {"spec": {"selector": routing[name]}} for name in traffic.proxies(Environment.PROD)},
        f"configmap/{naming.ENVIRONMENT_CONFIG}": {"data": routing[naming.ENVIRONMENT_CONFIG]},
    }
    with ThreadPoolExecutor() as pool:  # side by side: colours are mixed for as short as can be
        done = [
            pool.submit(kubectl.run, "patch", target, "--type=merge", "-p", json.dumps(patch))
            for target, patch in patches.items()
        ]
    failed = [str(error) for one in done if isinstance(error := one.exception(), Exception)]
    if failed:
        raise ClusterError(
            f"Production should have been rolled back to {color}, and not all of it was: {'; '.join(failed)}\n"
            f"  Run it at once: pulumi config set activeColor {color} && pulumi up"
        )
