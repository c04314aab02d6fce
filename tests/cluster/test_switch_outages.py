"""Parts of the cluster that end and come back in the middle of a switch."""

import pytest
import tenacity

from cadrart_infra.mysql.root_client import ClientFailed
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.followed_update import Step, followed_update

pytestmark = pytest.mark.alone_on_cluster

OUTAGES = ["kube-apiserver", "containerd", "kubelet"]
UNREACHED = (
    "dial: connect: connection refused",
    "dial: connect: no route to host",
    "dial: timeout",
    "dial tcp",  # the backend's own, to the cluster's names or to the database
)
"""What a new connection to a Service without a ready pod comes to: nobody was asked anything.

Before Kubernetes 1.35 (KEP-4781) a kubelet that starts takes every pod of its node for not ready until it has probed
it, whatever else goes on; on a single node, that is a second without endpoints for every Service of the cluster, and
a question for a name that is lost in that second is asked again after five.
"""


@pytest.mark.parametrize("component", OUTAGES)
def test_killed_and_restarted_while_the_new_color_rolls(shop: Shop, component: str) -> None:
    restart_at(shop, Step(f"backend-{colors(shop)[1]}", "starts"), component)


@pytest.mark.endurance
@pytest.mark.parametrize("step", ["{}-prod-proxy", "{}-old", "{}-test-proxy"])
@pytest.mark.parametrize("component", OUTAGES)
def test_killed_and_restarted_at_later_steps(shop: Shop, component: str, step: str) -> None:
    resource = step.format("backend").replace("old", colors(shop)[0])
    restart_at(shop, Step(resource, "starts"), component)


def restart_at(shop: Shop, step: Step, component: str) -> None:
    """A switch under traffic during which the component crashes; it may fail, and then the next one converges."""
    if isinstance(shop.cluster, OwnCluster):
        pytest.skip("on a cluster of the user's own nothing is stopped")
    _, inactive = colors(shop)
    shop.stack.config_set("activeColor", inactive)
    tolerated = UNREACHED if component == "kubelet" else ()
    with production_unharmed(shop, tolerated), followed_update(shop) as update:
        update.wait_for(step)
        shop.cluster.restart(component, timeout=0)
        done = update.wait()
        assert_shown(done.stdout)
        if done.returncode:
            shop.up()
        wait_until_commands_run(shop)
    assert_converged(shop, inactive)


def wait_until_commands_run(shop: Shop) -> None:
    """A kubelet that has just started does not know its pods for a moment, and refuses to run anything in them."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(ClientFailed),
        wait=tenacity.wait_fixed(0.5),
        stop=tenacity.stop_after_delay(30),
        reraise=True,
    )
    retrying(shop.as_root, "DO 1")
