"""What the cluster does now: which colour is production, what somebody changed, which colour can be kept warm."""

from datetime import UTC, datetime, timedelta

import pytest

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.announcement import Wanted, announcement
from cadrart_infra.promotion.live import Live, read_live
from cadrart_infra.promotion.standby import Standby, standby
from tests.unit.cluster_objects import FixedKubectl, Object, deployments, routed

IMAGES = {workload: f"shop/{workload}:1" for workload in workloads.names()}
TURNED = "2026-01-01T10:00:00.000+00:00"
BLUE_IS_PRODUCTION = [
    *routed(Color.BLUE, TURNED),
    *deployments(Color.BLUE, Environment.PROD),
    *deployments(Color.GREEN, Environment.STG),
]


def live(objects: list[Object]) -> Live:
    return read_live(FixedKubectl(objects))  # type: ignore[arg-type]


def test_production_is_the_color_that_both_proxies_lead_to() -> None:
    now = live(BLUE_IS_PRODUCTION)
    assert now.production is Color.BLUE
    assert now.is_switch_to(Color.GREEN)
    assert not now.is_switch_to(Color.BLUE)
    assert now.colors[Color.GREEN].environment is Environment.STG
    assert live([]).production is None
    assert not live([]).is_switch_to(Color.BLUE)


def test_proxies_that_disagree_are_nobody_s_production() -> None:
    mixed = live(routed(Color.BLUE, backend_prod_proxy={naming.SERVICE_LABEL: "backend-green"}))
    assert mixed.production is None
    assert mixed.is_switch_to(Color.BLUE)


def test_what_is_as_wanted_keeps_the_time_of_its_turn_and_what_is_not_gets_a_new_one() -> None:
    now = live(routed(Color.BLUE, TURNED, backend_prod_proxy={naming.SERVICE_LABEL: "backend-blue"}))
    turned_at = now.turned_at(traffic.routing(Color.BLUE))
    assert turned_at.pop("backend-prod-proxy") == now.read_at.isoformat(timespec="milliseconds")
    assert set(turned_at.values()) == {TURNED}
    assert set(now.turned_at(traffic.routing(Color.GREEN)).values()) == {now.read_at.isoformat(timespec="milliseconds")}


def test_a_deployment_that_is_bound_otherwise_gets_a_new_time() -> None:
    """As after an update that was killed before it saved what it wrote, or a hand-made `kubectl set image`."""
    blue = deployments(Color.BLUE, Environment.PROD)
    for deployment in blue:
        deployment["metadata"]["annotations"] = {naming.TURNED_AT: TURNED}
    now = live(blue)
    new = now.read_at.isoformat(timespec="milliseconds")
    wanted = {"frontend-blue": naming.binding(Environment.PROD, "shop/frontend:1")}
    assert now.turned_at(wanted) == {"frontend-blue": TURNED}
    for other in (naming.binding(Environment.STG, "shop/frontend:1"), naming.binding(Environment.PROD, "shop/x:1")):
        assert now.turned_at({"frontend-blue": other}) == {"frontend-blue": new}


def former(
    *, environment: Environment = Environment.PROD, release: str = "1", ready: int = 1, minutes: int = 5
) -> Live:
    """Green is production since some minutes; blue is what it was before."""
    turned = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    blue = deployments(Color.BLUE, environment, release, ready=ready)
    return live([*routed(Color.GREEN, turned), *blue, *deployments(Color.GREEN, Environment.PROD)])


@pytest.mark.parametrize(
    ("now", "warm", "environment"),
    [
        (former(), True, Environment.PROD),
        (former(), False, Environment.STG),
        (former(minutes=11), True, Environment.STG),
        (former(environment=Environment.STG), True, Environment.STG),
        (former(release="0"), True, Environment.STG),
        (former(ready=0), True, Environment.STG),
        (live([]), True, Environment.STG),
    ],
    ids=["held", "cold", "hold is over", "staging already", "released to", "not fit to take over", "first install"],
)
def test_only_a_color_that_could_take_over_is_kept_warm(now: Live, warm: bool, environment: Environment) -> None:
    assert standby(now, Color.GREEN, IMAGES, warm=warm, hold=600).environment is environment


def said(now: Live, active: Color, release: str = "1", until: datetime | None = None) -> str:
    images = {workload: f"shop/{workload}:{release}" for workload in workloads.names()}
    return announcement(now, Wanted(active, {Color.BLUE: IMAGES, Color.GREEN: images}, Standby(until)))


def test_a_preview_tells_a_switch_in_full() -> None:
    assert said(live(BLUE_IS_PRODUCTION), Color.GREEN, "2").splitlines() == [
        "switch: production blue → green",
        "  production's frontend: frontend:1 → frontend:2",
        "  production's backend: backend:1 → backend:2",
        "  first frontend-green and backend-green restart, bound to production's database; then the gate judges them",
        "  then frontend-prod-proxy and backend-prod-proxy turn, side by side with environment-config",
        "  last frontend-blue and backend-blue restart, bound to staging's database; staging's proxies turn to them",
        "  untouched: the database server, both databases' accounts, the volumes, the Ingress",
    ]
    until = datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert "blue stays bound to production, untouched: a warm way back until 2026-01-01 11:00 UTC" in said(
        live(BLUE_IS_PRODUCTION), Color.GREEN, until=until
    )


def test_a_preview_tells_a_release_and_what_somebody_changed() -> None:
    assert said(live([]), Color.BLUE) == "first install: blue will serve production, green staging"
    assert said(live(BLUE_IS_PRODUCTION), Color.BLUE) == ""
    assert said(live(BLUE_IS_PRODUCTION), Color.BLUE, "2") == (
        "release to staging (green): frontend frontend:1 → frontend:2, backend backend:1 → backend:2"
    )
    changed = routed(Color.BLUE, backend_test_proxy={naming.SERVICE_LABEL: "backend-blue"})
    assert said(live([*changed, *BLUE_IS_PRODUCTION[5:]]), Color.BLUE) == (
        "put right, for somebody or something else changed it: backend-test-proxy"
    )
    assert said(former(), Color.GREEN) == (
        "blue is no longer kept for production: its pods restart, bound to staging's database"
    )
