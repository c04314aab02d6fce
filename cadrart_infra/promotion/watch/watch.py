"""The watch itself: production asked through its proxies, and rolled back where it fails."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cadrart_infra import naming, traffic
from cadrart_infra.cluster.kubectl import ClusterError, Kubectl
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.live import read_live
from cadrart_infra.promotion.production import Production
from cadrart_infra.user_errors import UserError

FAILURES = 3
"""Bad rounds in a row that roll production back: one may be a pod that restarts, or the cluster's own hiccup."""
PAUSE = 1.0
"""Seconds between rounds."""


class RolledBack(UserError):
    """Production failed after its traffic was switched."""


@dataclass(frozen=True)
class Watch:
    """Production, as `color` serves it with `database`, is watched for `seconds`."""

    color: Color
    database: str
    seconds: float


def watch_production(watch: Watch, kubectl: Kubectl, say: Callable[[str], None]) -> None:
    """Returns when production was well for as long as it was watched; raises RolledBack otherwise."""
    say(f"watching production for {watch.seconds:g} s")
    end, bad_rounds = time.monotonic() + watch.seconds, 0
    production = Production(kubectl, watch.database)
    while time.monotonic() < end:
        problems = production.problems()
        if problems and not _cluster_answers(kubectl):
            continue  # nobody could be asked: that says nothing about production
        bad_rounds = bad_rounds + 1 if problems else 0
        if bad_rounds == FAILURES:
            raise RolledBack(_roll_back(watch, kubectl, problems, say))
        time.sleep(PAUSE)
    say(f"production served by {watch.color} was well for {watch.seconds:g} s")


def _cluster_answers(kubectl: Kubectl) -> bool:
    try:
        kubectl.ask("/readyz")
    except ClusterError:
        time.sleep(PAUSE)
        return False
    return True


def _roll_back(watch: Watch, kubectl: Kubectl, problems: list[str], say: Callable[[str], None]) -> str:
    """Rolls production back to the other colour if that is still bound to it; says what was done."""
    former = watch.color.other
    lines = "\n".join(f"  {problem}" for problem in problems)
    again = f"  Fix {watch.color} and run pulumi up again, which switches production to it again"
    live = read_live(kubectl)
    if live.production is not watch.color:  # this watch may outlive an update that was killed
        return f"Production does not lead to {watch.color} any more, and was left alone.\n{lines}"
    colors = live.colors
    if former not in colors or colors[former].environment is not Environment.PROD or not colors[former].ready:
        return (
            f"Production did not answer well {FAILURES} times in a row, and {former} cannot take it back: it has no "
            f"ready pods that are bound to production. Nothing more was changed.\n{lines}\n{again}."
        )
    with recorded(kubectl, Job.ROLLBACK, f"production {watch.color} → {former}", say) as work:
        switch_traffic(kubectl, former)
        work.facts = {"production": former.value, "why": problems}
    return (
        f"Production was rolled back to {former}: through its proxies, {watch.color} did not answer well {FAILURES} "
        f"times in a row. {former}'s pods were not touched; staging waits.\n{lines}\n{again}, or stay with {former}: "
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
