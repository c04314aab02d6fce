"""The watch over production after it turned."""

import json
from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import POD, Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.watch import watch
from cadrart_infra.promotion.watch.provider import ProductionWatchProvider
from cadrart_infra.promotion.watch.watch import RolledBack, Watch, is_from_a_switch, watch_production
from tests.unit.cluster_objects import FixedKubectl, Object, deployments, routed

GOOD, BAD = json.dumps({"database": "shop"}), ClusterError("no endpoints available")
GREEN_SERVES = routed(Color.GREEN)
BLUE_CAN = [*GREEN_SERVES, *deployments(Color.BLUE, Environment.PROD)]


@pytest.fixture(autouse=True)
def _in_a_hurry() -> Any:
    with mock.patch.object(watch, "PAUSE", 0.0):
        yield


def watched(objects: Sequence[Object], *answers: str | Exception, ready: str | Exception = "ok") -> FixedKubectl:
    kubectl = FixedKubectl(objects, {"backend-prod-proxy:3000/proxy/api/health/live": answers, "/readyz": [ready]})
    watch_production(Watch(Color.GREEN, "shop", 0.2), kubectl, lambda _: None)  # type: ignore[arg-type]
    return kubectl


def patches(kubectl: FixedKubectl) -> dict[str, Any]:
    return {command[1]: json.loads(command[-1]) for command in kubectl.commands if command[0] == "patch"}


def test_production_that_is_well_is_left_alone() -> None:
    assert not patches(watched(BLUE_CAN, GOOD))


def test_two_bad_rounds_are_no_reason() -> None:
    assert not patches(watched(BLUE_CAN, BAD, BAD, GOOD, BAD, BAD, GOOD))


def test_a_cluster_that_nobody_can_ask_says_nothing_about_production() -> None:
    assert not patches(watched(BLUE_CAN, BAD, ready=ClusterError("connection refused")))


def test_production_that_fails_is_turned_back_as_a_whole() -> None:
    kubectl = FixedKubectl(BLUE_CAN, {"api/health/live": [GOOD, BAD]})
    with pytest.raises(RolledBack, match="rolled back to blue") as reported:
        watch_production(Watch(Color.GREEN, "shop", 30), kubectl, lambda _: None)  # type: ignore[arg-type]
    assert "no endpoints available" in str(reported.value)
    assert patches(kubectl) == {
        f"service/{workload}-prod-proxy": {
            "spec": {"selector": {"io.kompose.service": f"{workload}-blue", "ateliercadrart.com/environment": "prod"}}
        }
        for workload in ("frontend", "backend")
    } | {"configmap/environment-config": {"data": {"COLOR_PROD": "blue", "COLOR_TEST": "green"}}}


@pytest.mark.parametrize(
    "blue", [[], deployments(Color.BLUE, Environment.STG), deployments(Color.BLUE, Environment.PROD, ready=0)]
)
def test_nothing_is_turned_to_a_color_that_cannot_serve_production(blue: list[Object]) -> None:
    kubectl = FixedKubectl([*GREEN_SERVES, *blue], {"api/health/live": [BAD]})
    with pytest.raises(RolledBack, match="blue cannot take it back"):
        watch_production(Watch(Color.GREEN, "shop", 30), kubectl, lambda _: None)  # type: ignore[arg-type]
    assert not patches(kubectl)


def test_a_watch_that_outlived_its_update_turns_nothing_back() -> None:
    turned_meanwhile = [*routed(Color.BLUE), *deployments(Color.BLUE, Environment.PROD)]
    kubectl = FixedKubectl(turned_meanwhile, {"api/health/live": [BAD]})
    with pytest.raises(RolledBack, match="does not lead to green any more, and was left alone"):
        watch_production(Watch(Color.GREEN, "shop", 30), kubectl, lambda _: None)  # type: ignore[arg-type]
    assert not patches(kubectl)


def pod(restarts: int) -> Object:
    status = {"containerStatuses": [{"name": "backend", "restartCount": restarts}]}
    return {"kind": "Pod", "metadata": {"name": "backend-green-1"}, "status": status}


class Crashing(FixedKubectl):
    """The pod's container was started again as often as the next of `counts` says; None: the cluster is silent,
    -1: there is no pod."""

    def __init__(self, *counts: int | None) -> None:
        super().__init__(BLUE_CAN, {"api/health/live": [GOOD]})
        self._counts = list(counts)

    def objects(self, *kinds: Kind, selector: str = "", fields: str = "", timeout: float = 30) -> list[Object]:
        if kinds != (POD,):
            return super().objects(*kinds)
        assert selector == "environment=green,ateliercadrart.com/environment=prod"
        count = self._counts.pop(0) if len(self._counts) > 1 else self._counts[0]
        if count is None:
            raise ClusterError("connection refused")
        return [pod(count)] if count >= 0 else []


def test_a_crash_after_the_switch_rolls_production_back_at_once() -> None:
    kubectl = Crashing(1, 1, None, 2)
    with pytest.raises(RolledBack, match=r"rolled back to blue: .* do not stay up") as failed:
        watch_production(Watch(Color.GREEN, "shop", 30), kubectl, lambda _: None)  # type: ignore[arg-type]
    assert "backend-green-1/backend ended and was started again (1 times since)" in str(failed.value)
    assert len(patches(kubectl)) == 3


def test_a_crash_of_a_pod_that_came_after_the_switch_is_one_too() -> None:
    with pytest.raises(RolledBack, match=r"rolled back to blue: .* do not stay up"):
        watch_production(Watch(Color.GREEN, "shop", 30), Crashing(-1, 0, 1), lambda _: None)  # type: ignore[arg-type]


def test_crashes_from_before_the_switch_are_no_reason() -> None:
    kubectl = Crashing(7)
    watch_production(Watch(Color.GREEN, "shop", 0.1), kubectl, lambda _: None)  # type: ignore[arg-type]
    assert not patches(kubectl)


@pytest.mark.parametrize(
    ("objects", "watched"),
    [([], False), (deployments(Color.BLUE, Environment.STG), False), (deployments(Color.BLUE, Environment.PROD), True)],
)
def test_only_where_the_former_colour_could_take_over_again_is_there_something_to_watch(
    objects: list[Object], watched: bool
) -> None:
    kubectl = FixedKubectl([*GREEN_SERVES, *objects])
    assert is_from_a_switch(Watch(Color.GREEN, "shop", 1), kubectl) is watched  # type: ignore[arg-type]


def test_only_a_turn_is_a_reason_to_watch() -> None:
    old = {"color": "blue", "turnedAt": "1", "seconds": 5, "context": "", "namespace": "cadrart", "database": "shop"}
    diff = ProductionWatchProvider().diff
    assert not diff("", old, {**old, "seconds": 60, "context": "laptop"}).changes
    assert diff("", old, {**old, "turnedAt": "2"}).changes
