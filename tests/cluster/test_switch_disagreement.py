"""Hands besides the update's own: another update at once, a proxy edited by kubectl, a state that is out of date."""

import json

import pytest

from sandbox.shop.handle import Shop
from sandbox.shop.traffic import traffic
from tests.cluster.assertions import (
    PRODUCTION,
    assert_converged,
    assert_production_unharmed,
    assert_shown,
    colors,
    production_unharmed,
)
from tests.cluster.followed_update import Step, followed_update


def test_of_two_updates_at_once_the_second_is_refused(shop: Shop) -> None:
    """Meanwhile somebody deletes a Deployment that serves production: the first one makes it again, and goes on."""
    active, inactive = colors(shop)
    shop.stack.config_set("activeColor", inactive)
    with production_unharmed(shop), followed_update(shop) as update:
        update.wait_for(Step(f"backend-{inactive}", "starts"))
        shop.kubectl("delete", f"deployment/frontend-{active}")
        refused = shop.up(check=False)
        assert refused.returncode != 0
        assert_shown(
            refused.stdout, "the stack is currently locked by 1 lock(s)", "wait for the other process(es) to end"
        )
        done = update.wait()
        assert done.returncode == 0
        assert_shown(done.stdout, f"deployment/frontend-{active} was deleted while the update ran; it was made again")
    assert_converged(shop, inactive)


@pytest.mark.parametrize("switches", [False, True], ids=["plain", "with a switch"])
def test_proxies_edited_by_hand_are_put_right(shop: Shop, switches: bool) -> None:
    """Edited to select by colour alone, as the live cluster's proxies did: production is still answered."""
    active, inactive = colors(shop)
    for proxy in PRODUCTION:
        select(shop, proxy, {"io.kompose.service": f"{proxy.partition('-')[0]}-{active}"})
    with production_unharmed(shop):
        if switches:
            shop.switch(inactive)
        else:
            assert "gate passed" in shop.up().stdout
    for proxy in PRODUCTION:
        assert shop.get("services")[f"service/{proxy}"]["spec"]["selector"]["ateliercadrart.com/environment"] == "prod"
    assert_converged(shop, inactive if switches else active)


def test_a_proxy_that_leads_to_staging_is_put_right(shop: Shop) -> None:
    active, inactive = colors(shop)
    staging = {"io.kompose.service": f"frontend-{inactive}", "ateliercadrart.com/environment": "stg"}
    select(shop, "frontend-prod-proxy", staging)
    assert "frontend-prod-proxy" in shop.pulumi("preview").stdout
    shop.up()
    assert_converged(shop, active)


def test_a_state_from_before_the_switch_does_no_harm(shop: Shop) -> None:
    """As after a crash before the state was saved, or with somebody's old copy of it; then back to the old colour.

    In the first switch somebody deletes the database server's Deployment: it is started again, and the switch goes on.
    """
    active, inactive = colors(shop)
    old = shop.pulumi("stack", "export").stdout
    shop.stack.config_set("activeColor", inactive)
    with followed_update(shop) as update:
        update.wait_for(Step(f"backend-{inactive}", "starts"))
        shop.kubectl("delete", "deployment/db", "--wait=false")
        done = update.wait()
    assert done.returncode == 0, done.stdout
    assert_shown(done.stdout, "deployment/db was deleted while the update ran; it was made again as it was")
    shop.stack.pulumi("stack", "import", input=old)
    with production_unharmed(shop):
        shop.switch(active)
    assert_converged(shop, active)


def test_a_switch_by_hand_during_the_sync_keeps_the_color_that_serves(shop: Shop) -> None:
    """Back to the old colour, whose pods are still bound to production and about to be bound to staging."""
    active, inactive = colors(shop)
    shop.stack.config_set("sync.request", f"while-{active}-is-called-back")
    shop.stack.config_set("activeColor", inactive)
    with traffic(shop.cluster, shop.namespace, reference="called-back") as load, followed_update(shop) as update:
        update.wait_for(Step("staging-sync", "starts"))
        for proxy in PRODUCTION:
            workload = proxy.partition("-")[0]
            select(
                shop, proxy, {"io.kompose.service": f"{workload}-{active}", "ateliercadrart.com/environment": "prod"}
            )
        refused = update.wait()
        assert refused.returncode != 0
        assert_shown(refused.stdout, f"it would bind {active} to staging, and {active} serves production now")
        assert_shown(shop.up().stdout, "gate passed")
    assert_production_unharmed(load)  # its rows are in staging too: that is what the sync is for
    assert_converged(shop, inactive)


def select(shop: Shop, proxy: str, selector: dict[str, str]) -> None:
    """Another selector for a proxy, by hand."""
    patch = [{"op": "replace", "path": "/spec/selector", "value": selector}]
    shop.kubectl("patch", "service", proxy, "--type=json", "--patch", json.dumps(patch))
