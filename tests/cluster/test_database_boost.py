"""The server's limits are raised in place while a sync runs, and are what they were after it, whatever happened."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors
from tests.cluster.database_server import limits, pod_of_the_server, server
from tests.cluster.followed_update import followed_update, unlock
from tests.cluster.shop import changed

_LIVE = {"cpu": "100m", "memory": "1Gi"}
_PAUSE = 0.1
"""Between two looks at the limits, in seconds: a sync has them raised for longer."""


@pytest.fixture(scope="module")
def live_limits(shop: Shop) -> Iterator[Shop]:
    """The shop, its server with the live cluster's tenth of a core."""
    with changed(shop, database__cpuLimit=_LIVE["cpu"], database__restart="live-limits"):
        shop.up()
        assert limits(shop) == _LIVE
        yield shop
    shop.stack.config_set("database.restart", "limits-as-before")
    shop.up()


def limits_during_a_sync(shop: Shop, request: str) -> tuple[set[str], str]:
    """The processor limits that the server had while an update synced, and what the update printed."""
    shop.stack.config_set("sync.request", request)
    seen, ended = set[str](), threading.Event()

    def look() -> None:
        while not ended.wait(_PAUSE):
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
    assert_shown(printed, "limits are cpu 1 meanwhile", "limits are cpu 100m again")
    assert limits(live_limits) == _LIVE
    assert server(live_limits) == before
    assert "ateliercadrart.com/limits-before" not in pod_of_the_server(live_limits)["metadata"].get("annotations", {})


def test_a_preview_warns_of_less_memory_than_the_server_can_come_to_need(live_limits: Shop) -> None:
    live_limits.stack.config_set("database.memoryLimit", "512Mi")
    printed = live_limits.pulumi("preview").stdout
    live_limits.stack.config_set("database.memoryLimit", _LIVE["memory"])
    assert_shown(printed, "database.memoryLimit is 512Mi, and the server can come to need", "max_connections (151)")


_PROCESSOR = """
import sys
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.staging_sync.server import server_endpoint
with server_endpoint(Kubectl(sys.argv[1]), "", "") as endpoint:
    first, second = endpoint.processor(), endpoint.processor()
    print(first.limit, first.used <= second.used, first.periods <= second.periods)
"""


def test_a_sync_reads_the_processor_counters_in_the_server_s_pod(live_limits: Shop) -> None:
    command = [sys.executable, "-c", _PROCESSOR, live_limits.namespace]
    read = live_limits.cluster.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert read.stdout.split() == ["0.1", "True", "True"]


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
    assert_shown(printed, "its limits cannot be raised here, so it runs with cpu 100m", "exceeded quota")


def test_what_a_killed_run_left_is_put_back_by_the_next_update(live_limits: Shop) -> None:
    shop, (active, _) = live_limits, colors(live_limits)
    shop.stack.config_set("sync.request", "killed")
    with followed_update(shop) as update:
        while limits(shop)["cpu"] != "1":
            assert not update.ended(), "the update ended with the limits that it began with"
            time.sleep(_PAUSE)
        update.send(signal.SIGKILL)
    assert limits(shop)["cpu"] == "1"
    unlock(shop)
    shop.stack.config_set("database.boost.enabled", "false")
    assert_shown(shop.pulumi("preview").stdout, "its limits are still raised for a sync, backup, restore or")
    shop.up()
    assert limits(shop) == _LIVE
    shop.stack.config_set("database.boost.enabled", "true")
    shop.up()
    assert_converged(shop, active)


_BOOSTED = """
import os, signal, sys
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.boost import boosted, put_back
kubectl, number, when = Kubectl(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
run, count = Kubectl.run, iter(range(1, 100))
def killed(*arguments, **named):
    is_due = next(count) == number
    if is_due and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    said = run(*arguments, **named)
    if is_due:
        os.kill(os.getpid(), signal.SIGKILL)
    return said
if number:
    Kubectl.run = killed
    with boosted(kubectl, print):
        print("works", flush=True)
else:
    put_back(kubectl, print)
"""


@pytest.mark.endurance
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_step_of_a_boost_what_is_left_is_put_back(live_limits: Shop, when: str) -> None:
    def boost(number: int) -> int:
        command = [sys.executable, "-c", _BOOSTED, live_limits.namespace, str(number), when]
        return live_limits.cluster.run(command, check=False).returncode

    before, steps = server(live_limits), 0
    while boost(steps + 1) == -signal.SIGKILL:
        steps += 1
        assert boost(0) == 0
        assert limits(live_limits) == _LIVE
        annotations = pod_of_the_server(live_limits)["metadata"].get("annotations", {})
        assert "ateliercadrart.com/limits-before" not in annotations
    assert steps == 4  # noted, raised, put back, forgotten
    assert server(live_limits) == before
