"""Plans of updates, for tests of what reads them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cadrart_infra import workloads
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.live import Live, live_of
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.settings import parse
from tests.unit.cluster_objects import Object, deployments, routed

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)
BLUE_IS_PRODUCTION = [
    *routed(Color.BLUE),
    *deployments(Color.BLUE, Environment.PROD),
    *deployments(Color.GREEN, Environment.STG),
]


def live(objects: Sequence[Object]) -> Live:
    """What these objects say at NOW."""
    return replace(live_of(objects), read_at=NOW)


def former(
    *, environment: Environment = Environment.PROD, release: str = "1", ready: int = 1, minutes: int = 5
) -> Live:
    """Green is production since some minutes; blue is what it was before."""
    turned = (NOW - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    blue = deployments(Color.BLUE, environment, release, ready=ready)
    return live([*routed(Color.GREEN, turned), *blue, *deployments(Color.GREEN, Environment.PROD)])


def served(release: str) -> History:
    """That a switch has brought this release to production, some time ago."""
    images = {str(workload): f"shop/{workload}:{release}" for workload in workloads.names()}
    began = (NOW - timedelta(hours=1)).isoformat()
    return History().with_entry(
        Entry(job=Job.SWITCH, outcome=Outcome.DONE, began=began, seconds=9, who="anna@laptop", facts={"images": images})
    )


def plan(now: Live, active: Color, blue: str = "1", green: str = "1", **settings: Any) -> UpdatePlan:
    """The plan of an update that wants these releases of the colours."""
    images = {
        color: {workload: f"shop/{workload}:{release}" for workload in workloads.names()}
        for color, release in (("blue", blue), ("green", green))
    }
    return UpdatePlan(parse({"activeColor": active.value, "images": images, **settings}), now)
