"""What the cluster does now: which colour is production, and what somebody changed."""

import pytest

from cadrart_infra import naming, traffic
from cadrart_infra.live import Live, read_live
from cadrart_infra.model import Color, Environment
from tests.unit.cluster_objects import FixedKubectl, Object, deployments, routed

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


def test_a_proxy_that_is_gone_is_made_again_and_no_switch() -> None:
    """As a destroy leaves it that was cut off, or somebody who deleted it."""
    left = live([one for one in routed(Color.BLUE) if one["metadata"]["name"] != "backend-prod-proxy"])
    assert left.production is None
    assert left.serves
    assert not left.is_switch_to(Color.BLUE)
    assert left.is_switch_to(Color.GREEN)


def test_pods_of_before_a_change_are_not_those_that_are_ready_after_it() -> None:
    blue = deployments(Color.BLUE, Environment.PROD)
    assert live(blue).colors[Color.BLUE].ready
    blue[0]["metadata"]["generation"] += 1  # written, and its controller has not looked at it yet
    assert not live(blue).colors[Color.BLUE].ready


@pytest.mark.parametrize("written", ["yesterday", "12", "2026-11-28", "2026-11-28T10:00:00"])
def test_what_is_no_time_was_written_by_somebody_and_is_recorded_again(written: str) -> None:
    """Without a zone it could not be compared with any other."""
    now = live(routed(Color.BLUE, written))
    assert set(now.turned_at(traffic.routing(Color.BLUE)).values()) == {now.read_at.isoformat(timespec="milliseconds")}


def test_what_is_as_wanted_keeps_the_time_of_its_turn_and_what_is_not_gets_a_new_one() -> None:
    now = live(routed(Color.BLUE, TURNED, backend_prod_proxy={naming.SERVICE_LABEL: "backend-blue"}))
    turned_at = now.turned_at(traffic.routing(Color.BLUE))
    assert turned_at.pop("backend-prod-proxy") == now.read_at.isoformat(timespec="milliseconds")
    assert set(turned_at.values()) == {TURNED}
    assert set(now.turned_at(traffic.routing(Color.GREEN)).values()) == {now.read_at.isoformat(timespec="milliseconds")}


def test_what_a_client_added_to_the_record_of_the_colors_is_no_change_of_it() -> None:
    """It stays, as in any ConfigMap: each update would put it right anew."""
    objects = routed(Color.BLUE, TURNED)
    (record,) = [one for one in objects if one["kind"] == "ConfigMap"]
    record["data"] = {**record["data"], "theirs": "1"}
    assert set(live(objects).turned_at(traffic.routing(Color.BLUE)).values()) == {TURNED}
    record["data"] = {**record["data"], "COLOR_TEST": "blue"}
    assert live(objects).turned_at(traffic.routing(Color.BLUE))["environment-config"] != TURNED
    record["data"] = None
    assert live(objects).turned_at(traffic.routing(Color.BLUE))["environment-config"] != TURNED


def test_a_container_that_stands_before_the_shop_s_own_is_not_what_a_deployment_pulls() -> None:
    blue = deployments(Color.BLUE, Environment.PROD)
    name, pod = blue[0]["metadata"]["name"], blue[0]["spec"]["template"]["spec"]
    pod["containers"] = [{"name": "proxy", "image": "mesh/proxy:9"}, {"name": name, "image": "shop/frontend:1"}]
    assert live(blue).pulled[name].image == "shop/frontend:1"


def test_a_deployment_that_is_bound_otherwise_gets_a_new_mark_that_a_preview_knows_in_advance() -> None:
    """As after an update that was killed before it saved what it wrote, or a hand-made `kubectl set image`."""
    blue = deployments(Color.BLUE, Environment.PROD)
    for deployment in blue:
        deployment["metadata"] |= {"annotations": {naming.TURNED_AT: TURNED}, "uid": "5f0c-11"}
    now = live(blue)
    wanted = {"frontend-blue": naming.binding(Environment.PROD, "shop/frontend:1")}
    assert now.bound_at(wanted) == {"frontend-blue": TURNED}
    for other in (naming.binding(Environment.STG, "shop/frontend:1"), naming.binding(Environment.PROD, "shop/x:1")):
        assert now.bound_at({"frontend-blue": other}) == {"frontend-blue": "after 5f0c-2"}
