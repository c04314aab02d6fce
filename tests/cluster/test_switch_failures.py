"""A switch to a colour whose pods never get ready: production goes on, an error says so, the next update works."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from sandbox.cluster.own_cluster import OwnCluster
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.shop import assert_serving, changed, everything

Spoil = Callable[[Shop, str], AbstractContextManager[None]]


def backend_image(release: str) -> Spoil:
    """The colour's backend gets another image, until the settings are put back."""

    @contextlib.contextmanager
    def spoil(shop: Shop, color: str) -> Iterator[None]:
        name = shop_images.image("backend", "1.0.0").rpartition(":")[0]
        shop.stack.config_set("promotion.allowUntested", "true")
        shop.stack.config_set(f"images.{color}.backend", f"{name}:{release}")
        yield

    return spoil


@contextlib.contextmanager
def no_quota(shop: Shop, _: str) -> Iterator[None]:
    """The namespace may have no more pods than it has."""
    shop.kubectl("create", "quota", "full", f"--hard=pods={len(shop.pods())}")
    try:
        shop.kubectl("wait", "quota/full", "--for=jsonpath={.status.hard.pods}", "--timeout=30s")
        yield
    finally:
        shop.kubectl("delete", "quota", "full")


@contextlib.contextmanager
def no_node(shop: Shop, _: str) -> Iterator[None]:
    """No node takes new pods."""
    if isinstance(shop.cluster, OwnCluster):
        pytest.skip("a cluster of the user's own keeps its nodes as they are")
    nodes = shop.kubectl("get", "nodes", "-o", "name").split()
    shop.kubectl("cordon", *nodes)
    try:
        yield
    finally:
        shop.kubectl("uncordon", *nodes)


@dataclass(frozen=True)
class Failure:
    """What is spoilt, what the user reads of it, and whether he goes back or corrects it."""

    spoil: Spoil
    said: str
    goes_back: bool


FAILURES = {
    "image crashes": Failure(backend_image("broken-crash"), "exit code 1", goes_back=True),
    "health answers 500": Failure(backend_image("broken-health-500"), "500", goes_back=False),
    "health hangs": Failure(backend_image("broken-health-hang"), "/api/health/live", goes_back=True),
    "no quota": Failure(no_quota, "exceeded quota", goes_back=True),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_switch_to_a_color_that_does_not_get_ready(shop: Shop, failure: Failure) -> None:
    fails_and_converges(shop, failure)


def test_an_update_to_an_image_that_does_not_exist_changes_nothing(shop: Shop) -> None:
    active, inactive = colors(shop)
    name, before = shop_images.image("backend", "1.0.0").rpartition(":")[0], everything(shop)
    with production_unharmed(shop):
        with changed(shop, **{f"images__{inactive}__backend": f"{name}:9.9.9"}):
            release = shop.up(check=False)
            shop.stack.config_set("activeColor", inactive)
            shop.stack.config_set("promotion.allowUntested", "true")
            switch = shop.up(check=False)
        for refused in (release, switch):
            assert refused.returncode != 0
            assert_shown(
                refused.stdout,
                "An image that this update brings cannot be pulled; nothing was changed.",
                f"images.{inactive}.backend: {name}:9.9.9: failed to pull",
            )
        after = everything(shop)
        assert after.keys() == before.keys()
        assert {key for key in after if after[key] != before[key]} == {"configmap/cadrart-history"}
    assert_converged(shop, active)


@pytest.mark.endurance
@pytest.mark.alone_on_cluster
def test_a_switch_without_a_node_for_the_new_pods(shop: Shop) -> None:
    fails_and_converges(shop, Failure(no_node, "unschedulable", goes_back=False))


def fails_and_converges(shop: Shop, failure: Failure) -> None:
    """The switch fails within the rollout's timeout; the next update, corrected or back, leaves nothing to do."""
    active, inactive = colors(shop)
    with production_unharmed(shop):
        with shop.stack.settings_kept(), failure.spoil(shop, inactive):
            shop.stack.config_set("rollout.timeout", "10")
            shop.stack.config_set("activeColor", inactive)
            failed = shop.up(check=False)
            assert colors(shop) == (active, inactive)
        assert failed.returncode != 0
        assert shop.stack.outputs()["activeColor"] == active
        assert_shown(
            failed.stdout,
            failure.said,
            f"-{inactive} did not get ready within 10 seconds",
            f"production is served by {active} as before",
            f"pulumi config set activeColor {active} && pulumi up",
            "So that nothing goes on trying, what ran before comes back: ",
        )
        for workload in ("frontend", "backend"):
            shop.kubectl("rollout", "status", f"deployment/{workload}-{inactive}", "--timeout=120s")
        assert_serving(shop, active)
        now = active if failure.goes_back else inactive
        shop.switch(now)
    assert_converged(shop, now)
