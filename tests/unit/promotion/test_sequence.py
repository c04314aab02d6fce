"""When the checks around a promotion begin, and when what they found still counts."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pulumi
import pytest

from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.guard import GuardRefused
from cadrart_infra.promotion.rollout_status import NotRolledOut
from cadrart_infra.promotion.sequence import Promotion, PromotionArgs
from tests.unit.cluster_objects import deployments
from tests.unit.plans import BLUE_IS_PRODUCTION, former, live, plan

BACK_TO_A_STANDBY = plan(former(), Color.BLUE, standby="warm")
TO_STAGING = plan(live(BLUE_IS_PRODUCTION), Color.GREEN)


@pytest.fixture
def looks() -> Iterator[list[str]]:
    """What has looked, in order; hooks are their callbacks."""
    found: list[str] = []

    def look(name: str) -> Any:
        def looks(_check: object) -> str:
            found.append(name)
            return ""

        return looks

    with (
        mock.patch("pulumi.ResourceHook", side_effect=lambda _name, callback, *_: callback),
        mock.patch("pulumi.log.info"),
        mock.patch("cadrart_infra.promotion.checks.Guard.check", look("guard")),
        mock.patch("cadrart_infra.promotion.checks.Gate.check", look("gate")),
        mock.patch("cadrart_infra.promotion.production_keeper.ProductionKeeper.start"),
    ):
        yield found


def promotion(of: UpdatePlan) -> Promotion:
    namespace: Any = "cadrart"
    return Promotion(
        PromotionArgs(plan=of, kubectl=Kubectl("cadrart"), namespace=namespace, options=pulumi.ResourceOptions())
    )


def run(hooks: list[Any] | None, name: str = "") -> None:
    """As the engine does before it writes an object."""

    async def each() -> None:
        for hook in hooks or []:
            if asyncio.iscoroutine(waiting := hook(SimpleNamespace(name=name))):
                await waiting

    asyncio.run(each())


def wait_for_the_early_gate(found: Promotion) -> None:
    """Until nothing is looked at any more; at once where it was never begun."""
    if thread := found._checks._early_gate._thread:
        thread.join()


def test_pods_that_stand_by_are_looked_at_at_once_and_after_the_guard(looks: list[str]) -> None:
    assert BACK_TO_A_STANDBY.live.colors[Color.BLUE].environment is Environment.PROD
    found = promotion(BACK_TO_A_STANDBY)
    found.guard()
    hooks = found.gate()
    found._checks.gate.wait()
    assert looks == ["guard", "gate"]
    run(hooks.before_update)
    assert looks == ["guard", "gate"]


def test_the_gate_looks_again_where_a_deployment_is_written_after_all(looks: list[str]) -> None:
    found = promotion(BACK_TO_A_STANDBY)
    before_a_deployment, before_a_proxy = found.guard(), found.gate()
    found._checks.gate.wait()
    run(before_a_deployment.before_update)
    run(before_a_proxy.before_update)
    assert looks == ["guard", "gate", "gate"]


def test_a_long_transaction_does_not_hold_up_the_way_back_to_pods_that_stand_by() -> None:
    """Where a Deployment of theirs is written after all, for another limit say: nothing new migrates."""
    long = SimpleNamespace(run=lambda *_: [["transaction", "42", "reports", "75", "3"]])
    with mock.patch("cadrart_infra.promotion.checks.PromotionChecks._server", long):
        said = promotion(BACK_TO_A_STANDBY)._checks._guard.check()
        assert "goes on in spite of what runs in atelier-cadrart" in said
        with pytest.raises(GuardRefused):
            promotion(plan(live(BLUE_IS_PRODUCTION), Color.GREEN, green="2"))._checks._guard.check()


def test_pods_that_are_yet_to_come_are_looked_at_when_they_are_there(looks: list[str]) -> None:
    found = promotion(TO_STAGING)
    found.guard()
    hooks = found.gate()
    found._checks.guard.wait()
    assert looks == ["guard"]
    run(hooks.before_update)
    assert looks == ["guard", "gate"]


def test_the_gate_begins_when_the_pods_that_roll_are_there(looks: list[str]) -> None:
    """The engine need not have seen it; and what was there before the write is not taken for them."""
    before, ready = deployments(Color.GREEN, Environment.STG), deployments(Color.GREEN, Environment.PROD)
    seen = iter([before, [before[0], ready[1]], deployments(Color.GREEN, Environment.PROD, ready=0), ready[:1]])
    found = promotion(TO_STAGING)
    with mock.patch.object(Kubectl, "objects", side_effect=lambda *_, **__: next(seen, ready)):
        before_a_deployment = found.guard().before_update
        run(before_a_deployment, "backend-green")
        run(before_a_deployment, "frontend-green")
        wait_for_the_early_gate(found)
        assert not list(seen)
        found._checks.gate.wait()
    assert looks == ["guard", "gate"]
    run(found.gate().before_update)
    assert looks == ["guard", "gate"]


def test_what_is_written_without_a_switch_begins_no_gate(looks: list[str]) -> None:
    to_production = plan(live(BLUE_IS_PRODUCTION), Color.BLUE, blue="2")
    assert "backend-blue" in to_production.pods.rolls
    found = promotion(to_production)
    rolled = deployments(Color.BLUE, Environment.PROD, "2")
    with mock.patch.object(Kubectl, "objects", return_value=rolled):  # a gate that was begun would be through at once
        run(found.guard().before_update, "backend-blue")
        wait_for_the_early_gate(found)
    assert looks == ["guard"]


@pytest.mark.parametrize("ready", [0, 1])
def test_testers_meet_staging_s_new_pods_when_they_are_ready(ready: int) -> None:
    """The engine's await may have passed before."""
    now = deployments(Color.BLUE, Environment.STG, ready=ready)
    with (
        mock.patch("pulumi.ResourceHook", side_effect=lambda _name, callback, *_: callback),
        mock.patch.object(Kubectl, "objects", side_effect=lambda *kinds, **__: now if DEPLOYMENT in kinds else []),
        mock.patch("cadrart_infra.promotion.rollout.server_problems", return_value=[]),
        mock.patch("cadrart_infra.promotion.rollout.name_service_problems", return_value=[]),
        mock.patch("cadrart_infra.promotion.rollout_status.look_until", lambda _good, look, _wait, _pause: look()),
    ):
        hooks = promotion(plan(former(), Color.GREEN, migration={"command": ["./migrate"]})).staging_ready()
        assert hooks
        if ready:
            run(hooks.before_update)
        else:
            with pytest.raises(NotRolledOut, match="backend-blue did not get ready within 300 seconds"):
                run(hooks.before_update)


def test_pods_of_staging_that_stay_are_not_waited_for() -> None:
    assert promotion(plan(live(BLUE_IS_PRODUCTION), Color.BLUE)).staging_ready() is None
    assert promotion(BACK_TO_A_STANDBY).staging_ready() is None
