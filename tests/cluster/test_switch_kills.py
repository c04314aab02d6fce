"""`pulumi up` ended in the middle of a switch, by Ctrl-C and by SIGKILL, and what the user does next."""

import signal

import pytest

from tests.cluster.assertions import assert_converged, assert_told, colors, production_unharmed
from tests.cluster.followed_update import Step, followed_update
from tests.cluster.shop import Shop

CTRL_C, KILL = signal.SIGINT, signal.SIGKILL
SIGNALS = pytest.mark.parametrize("number", [CTRL_C, KILL], ids=["ctrl-c", "kill"])


@pytest.mark.parametrize("goes_back", [False, True], ids=["goes on", "goes back"])
@SIGNALS
def test_killed_while_the_colors_change_places(shop: Shop, number: signal.Signals, goes_back: bool) -> None:
    """Going on is tried where production's proxies are written, going back where the old colour becomes staging."""
    active, _ = colors(shop)
    kill_at(shop, Step(f"backend-{active}" if goes_back else "backend-prod-proxy", "starts"), number, goes_back)


@pytest.mark.endurance
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("goes_back", [False, True], ids=["goes on", "goes back"])
@SIGNALS
def test_killed_at_every_step_in_both_directions(shop: Shop, number: signal.Signals, goes_back: bool) -> None:
    steps = {color: steps_of_a_switch(shop, color) for color in reversed(colors(shop))}
    for color in colors(shop):
        assert Step("backend-prod-proxy", "ends") in steps[color]
    for place in range(max(map(len, steps.values()))):
        for _ in steps:
            _, other = colors(shop)
            if place < len(steps[other]):
                kill_at(shop, steps[other][place], number, goes_back)
            if goes_back or place >= len(steps[other]):
                shop.switch(other)  # so that the next round goes in the other direction


def steps_of_a_switch(shop: Shop, color: str) -> list[Step]:
    """All that a switch to the colour writes."""
    shop.stack.config_set("activeColor", color)
    with followed_update(shop) as update:
        done = update.wait()
        assert done.returncode == 0, done.stdout
        return update.steps()


def kill_at(shop: Shop, step: Step, number: signal.Signals, goes_back: bool) -> None:
    """A switch under traffic, ended at a step; then another update to either colour converges."""
    active, inactive = colors(shop)
    shop.stack.config_set("activeColor", inactive)
    with production_unharmed(shop), followed_update(shop) as update:
        update.wait_for(step)
        update.send(number)
        killed = update.wait()
        assert killed.returncode != 0 or number is CTRL_C, f"ended before the kill at {step}"
        assert_told(killed.stdout)
        now = active if goes_back else inactive
        shop.stack.config_set("activeColor", now)
        if number is KILL:
            unlock(shop)
        shop.up()
    assert_converged(shop, now)


def unlock(shop: Shop) -> None:
    """An engine that was killed left its lock: the next update says so and how to remove it."""
    refused = shop.up(check=False)
    assert refused.returncode != 0
    assert_told(refused.stdout, "the stack is currently locked by 1 lock(s)", "`pulumi cancel`")
    shop.pulumi("cancel", "--yes")
