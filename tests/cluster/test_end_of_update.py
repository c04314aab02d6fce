"""The end of an update is true: what keeps production from being well fails it, though nothing was to be changed."""

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_told, colors
from tests.cluster.shop import changed


@contextlib.contextmanager
def no_room_for_the_server(shop: Shop) -> Iterator[None]:
    """The database server's pod is gone, and the only node takes no new ones."""
    (node,) = shop.kubectl("get", "nodes", "-o", "name").split()
    shop.kubectl("cordon", node)
    try:
        shop.kubectl("delete", "pod", "--selector=io.kompose.service=db", "--grace-period=10")
        yield
    finally:
        shop.kubectl("uncordon", node)
        shop.kubectl("wait", "--for=condition=Available", "deployment", "--all", "--timeout=120s")


@pytest.mark.alone_on_cluster
def test_a_server_that_is_down_fails_an_update_that_changes_nothing(shop: Shop) -> None:
    active, _ = colors(shop)
    with changed(shop, rollout__timeout="10"):
        shop.up()
        with no_room_for_the_server(shop):
            preview = shop.pulumi("preview", check=False)
            failed = shop.up(check=False)
    assert_told(preview.stdout, "Production is not well now, before any update", "production has no database")
    assert failed.returncode != 0
    assert_told(failed.stdout, "The database server has no ready pod: production has no database.", "unschedulable")
    shop.up()
    assert_converged(shop, active)
