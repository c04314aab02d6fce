"""`pulumi up` ended in the middle of a switch, by Ctrl-C and by SIGKILL, and what the user does next."""

import signal
import time
from typing import Any

import pytest

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.followed_update import FollowedUpdate, Step, followed_update, unlock

CTRL_C, KILL = signal.SIGINT, signal.SIGKILL
SIGNALS = pytest.mark.parametrize("number", [CTRL_C, KILL], ids=["ctrl-c", "kill"])


@SIGNALS
def test_killed_where_production_s_proxies_are_written(shop: Shop, number: signal.Signals) -> None:
    kill_at(shop, Step("backend-prod-proxy", "starts"), number, goes_back=False)


@pytest.mark.parametrize("place", [0, 1], ids=["old color", "new color"])
def test_killed_while_a_color_rolls_and_then_back(shop: Shop, place: int) -> None:
    """The Deployment is written, and the state does not know it."""
    kill_at(shop, Step(f"backend-{colors(shop)[place]}", "is written"), KILL, goes_back=True)


@pytest.mark.endurance
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("goes_back", [False, True], ids=["goes on", "goes back"])
@SIGNALS
def test_killed_at_every_step_in_both_directions(shop: Shop, number: signal.Signals, goes_back: bool) -> None:
    steps = {color: steps_of_a_switch(shop, color) for color in reversed(colors(shop))}
    for place in range(max(map(len, steps.values()))):
        for _ in steps:
            _, other = colors(shop)
            if place < len(steps[other]):
                kill_at(shop, steps[other][place], number, goes_back)
            if goes_back or place >= len(steps[other]):
                shop.switch(other)  # so that the next round goes in the other direction


def steps_of_a_switch(shop: Shop, color: str) -> list[Step]:
    """All that a switch to the colour writes: each at its start, and when the cluster has it."""
    shop.stack.config_set("activeColor", color)
    with followed_update(shop) as update:
        done = update.wait()
        assert done.returncode == 0, done.stdout
        written = [step.resource for step in update.steps() if step.phase == "starts"]
    assert "backend-prod-proxy" in written
    return [Step(resource, phase) for resource in written for phase in ("starts", "is written")]


def kill_at(shop: Shop, step: Step, number: signal.Signals, goes_back: bool) -> None:
    """A switch under traffic, ended at a step; then another update to either colour converges."""
    active, inactive = colors(shop)
    before = content(shop, step.resource)
    shop.stack.config_set("activeColor", inactive)
    with production_unharmed(shop), followed_update(shop) as update:
        if step.phase == "is written":
            wait_until_written(shop, update, step.resource, before)
        else:
            update.wait_for(step)
        update.send(number)
        assert_shown(update.wait().stdout)
        now = active if goes_back else inactive
        shop.stack.config_set("activeColor", now)
        if number is KILL:
            unlock(shop)
        shop.up()
    assert_converged(shop, now)


def content(shop: Shop, resource: str) -> Any:
    """What an update writes of a resource of the cluster; None for one that is nowhere but in Pulumi's state."""
    objects = shop.get("deployments,services,configmaps")
    found = [
        objects[key] for kind in ("deployment", "service", "configmap") if (key := f"{kind}/{resource}") in objects
    ]
    return found[0].get("spec", found[0].get("data")) if found else None


def wait_until_written(shop: Shop, update: FollowedUpdate, resource: str, before: Any) -> None:
    """Returns when the cluster has the new content, which the engine hears and saves a moment later."""
    update.wait_for(Step(resource, "starts"))
    while content(shop, resource) == before and Step(resource, "ends") not in update.steps():
        time.sleep(0.02)
