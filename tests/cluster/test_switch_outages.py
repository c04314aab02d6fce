"""Parts of the cluster that end and come back in the middle of a switch."""

import pytest

from sandbox.own_cluster import OwnCluster
from tests.cluster.assertions import assert_converged, assert_told, colors, production_unharmed
from tests.cluster.followed_update import Step, followed_update
from tests.cluster.shop import Shop

OUTAGES = {"API server": ("kube-apiserver",), "node": ("kubelet", "containerd")}


@pytest.mark.parametrize("components", OUTAGES.values(), ids=OUTAGES.keys())
def test_killed_and_restarted_while_the_new_color_rolls(shop: Shop, components: tuple[str, ...]) -> None:
    restart_at(shop, Step(f"backend-{colors(shop)[1]}", "starts"), components)


@pytest.mark.endurance
@pytest.mark.parametrize("workload", ["frontend", "backend"])
@pytest.mark.parametrize("step", ["{}-prod-proxy", "{}-old", "{}-test-proxy"])
@pytest.mark.parametrize("components", OUTAGES.values(), ids=OUTAGES.keys())
def test_killed_and_restarted_at_later_steps(shop: Shop, components: tuple[str, ...], step: str, workload: str) -> None:
    resource = step.format(workload).replace("old", colors(shop)[0])
    restart_at(shop, Step(resource, "starts"), components)


def restart_at(shop: Shop, step: Step, components: tuple[str, ...]) -> None:
    """A switch under traffic during which the components crash; it may fail, and then the next one converges."""
    if isinstance(shop.cluster, OwnCluster):
        pytest.skip("on a cluster of the user's own nothing is stopped")
    _, inactive = colors(shop)
    shop.stack.config_set("activeColor", inactive)
    with production_unharmed(shop), followed_update(shop) as update:
        update.wait_for(step)
        for component in components:
            shop.cluster.stop(component, patience=0)
        for component in reversed(components):
            shop.cluster.start(component)
        done = update.wait()
        assert_told(done.stdout)
        if done.returncode:
            shop.up()
    assert_converged(shop, inactive)
