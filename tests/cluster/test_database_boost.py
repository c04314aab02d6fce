"""The server's limits are raised in place while a sync runs, and are what they were after it, whatever happened."""

import threading
from collections.abc import Iterator

import pytest

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_told, colors
from tests.cluster.database_server import limits, pod_of_the_server, server
from tests.cluster.followed_update import followed_update
from tests.cluster.test_switch_kills import KILL, unlock

_LIVE = {"cpu": "100m", "memory": "1Gi"}


@pytest.fixture(scope="module")
def live_limits(shop: Shop) -> Iterator[Shop]:
    """The shop, its server with the live cluster's tenth of a core."""
    good = shop.stack.settings_file.read_text()
    shop.stack.config_set("database.cpuLimit", _LIVE["cpu"])
    shop.stack.config_set("database.restart", "live-limits")
    shop.up()
    assert limits(shop) == _LIVE
    yield shop
    shop.stack.settings_file.write_text(good)
    shop.stack.config_set("database.restart", "limits-as-before")
    shop.up()


def limits_during_a_sync(shop: Shop, request: str) -> tuple[set[str], str]:
    """The processor limits that the server had while an update synced, and what the update printed."""
    shop.stack.config_set("sync.request", request)
    seen, ended = set[str](), threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.add(limits(shop)["cpu"])

    looking = threading.Thread(target=look)
    looking.start()
    try:
        printed = shop.up().stdout
    finally:
        ended.set()
        looking.join()
    assert " rows, " in printed
    return seen, printed


def test_a_sync_runs_with_more_and_leaves_what_was(live_limits: Shop) -> None:
    before = server(live_limits)
    seen, printed = limits_during_a_sync(live_limits, "boosted")
    assert seen == {"100m", "1"}
    assert_told(printed, "limits are cpu 1 meanwhile", "limits are cpu 100m again")
    assert limits(live_limits) == _LIVE
    assert server(live_limits) == before
    assert "ateliercadrart.com/limits-before" not in pod_of_the_server(live_limits)["metadata"].get("annotations", {})


def test_a_preview_warns_of_less_memory_than_the_server_can_come_to_need(live_limits: Shop) -> None:
    live_limits.stack.config_set("database.memoryLimit", "512Mi")
    printed = live_limits.pulumi("preview").stdout
    live_limits.stack.config_set("database.memoryLimit", _LIVE["memory"])
    assert_told(printed, "database.memoryLimit is 512Mi, and the server can come to need", "max_connections (151)")


def test_a_stack_can_do_without(live_limits: Shop) -> None:
    live_limits.stack.config_set("database.boost.enabled", "false")
    seen, printed = limits_during_a_sync(live_limits, "not-boosted")
    assert seen == {"100m"}
    assert "meanwhile" not in printed
    live_limits.stack.config_set("database.boost.enabled", "true")


def test_where_the_cluster_refuses_it_says_so_and_the_sync_goes_on(live_limits: Shop) -> None:
    quota = "--hard=limits.cpu=800m,requests.cpu=10"  # room for staging's new pods after the sync, not for the boost
    live_limits.kubectl("create", "quota", "tight", quota)
    try:
        seen, printed = limits_during_a_sync(live_limits, "refused")
    finally:
        live_limits.kubectl("delete", "quota", "tight")
    assert seen == {"100m"}
    assert_told(printed, "its limits cannot be raised here, so it runs with cpu 100m", "exceeded quota")


def test_what_a_killed_run_left_is_put_back_by_the_next_update(live_limits: Shop) -> None:
    shop, (active, _) = live_limits, colors(live_limits)
    shop.stack.config_set("sync.request", "killed")
    with followed_update(shop) as update:
        while limits(shop)["cpu"] != "1":
            assert not update.ended(), "the update ended with the limits that it began with"
        update.send(KILL)
    assert limits(shop)["cpu"] == "1"
    unlock(shop)
    shop.stack.config_set("database.boost.enabled", "false")
    assert_told(
        shop.pulumi("preview").stdout, "its limits are still raised for a sync, backup or restore that was cut off"
    )
    shop.up()
    assert limits(shop) == _LIVE
    shop.stack.config_set("database.boost.enabled", "true")
    shop.up()
    assert_converged(shop, active)
