"""The database server restarts when that is asked for, and never otherwise; one that fails is taken back."""

import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cadrart_infra import naming
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.database_server import (
    ask_for_restart,
    most_memory,
    no_node_for_a_new_server,
    passwords,
    pod_of_the_server,
    ready_for,
    server,
    variable,
)
from tests.cluster.followed_update import FollowedUpdate, Step, followed_update, unlock


def how_it_runs(shop: Shop) -> dict[str, Any]:
    """The server's container, without the mount of the token, whose name is another in every pod."""
    container: dict[str, Any] = pod_of_the_server(shop)["spec"]["containers"][0]
    mounts = [mount for mount in container["volumeMounts"] if not mount["name"].startswith("kube-api-access-")]
    return {**container, "volumeMounts": mounts}


def test_changes_wait_while_the_rest_of_the_update_goes_on(shop: Shop) -> None:
    before, (active, _) = server(shop), colors(shop)
    shop.stack.config_set("database.memoryLimit", "900Mi")
    shop.stack.config_set("database.settings.max_connections", "123")
    shop.stack.config_set("database.settings.back_log", "77")
    shop.stack.config_set("environments.stg.logLevel", "warn")

    assert_shown(
        shop.pulumi("preview").stdout,
        "resources.limits.memory: 1Gi → 900Mi",
        "these wait until one is asked for",
        "max_connections: the server's default → 123",
    )
    with production_unharmed(shop):
        printed = shop.up().stdout
    assert_shown(
        printed,
        "max_connections: the server's default → 123, without a restart",
        "back_log: the server's default → 77, waits for a restart",
    )
    shop.as_root("SET GLOBAL max_connections = 99", "SET GLOBAL lock_wait_timeout = 1234")
    assert_shown(
        shop.up().stdout,
        "max_connections: 99 on the server now → 123, without a restart",
        "The database server has lock_wait_timeout = 1234, which a statement has set while it runs",
    )
    shop.as_root("SET GLOBAL lock_wait_timeout = DEFAULT")
    assert server(shop) == before
    assert shop.get("configmaps")["configmap/cadrart-config-stg"]["data"]["LOG_LEVEL"] == "warn"
    assert variable(shop, "max_connections") == "123"
    assert variable(shop, "back_log") != "77"
    assert_shown(
        assert_converged(shop, active),
        "resources.limits.memory: 1Gi → 900Mi",
        "back_log: the server's default → 77",
        "pulumi config set --path database.restart",
    )


def test_a_wanted_restart_is_announced_and_brings_what_waited(shop: Shop) -> None:
    before, (active, _) = server(shop), colors(shop)
    request = ask_for_restart(shop)
    refusal = "maximum memory usage per Container is 800Mi, but limit is 900Mi"
    with most_memory(shop, "800Mi"):
        assert_shown(
            shop.pulumi("preview").stdout,
            f"restarts, as database.restart {request} asks; production is interrupted",
            "resources.limits.memory: 1Gi → 900Mi",
            "the cluster would refuse its new pod, and the update would end before the restart",
            refusal,
        )
        with production_unharmed(shop):
            refused = shop.up(check=False)
    assert refused.returncode != 0
    assert_shown(refused.stdout, refusal, "Production goes on with the pod that runs, untouched.")
    assert server(shop) == before

    with no_node_for_a_new_server(shop), production_unharmed(shop):
        refused = shop.up(check=False)
    assert refused.returncode != 0
    assert_shown(refused.stdout, "no node would take its new pod: 0/1 nodes", "anti-affinity", "kubectl uncordon")
    assert server(shop) == before

    shop.up()
    assert ready_for(shop) >= 6, "production's pods may still be about to lose their readiness"
    assert server(shop).uid != before.uid
    assert pod_of_the_server(shop)["spec"]["containers"][0]["resources"]["limits"]["memory"] == "900Mi"
    assert not [name for name in shop.get("jobs") if naming.NODE_CHECK in name]
    assert (variable(shop, "max_connections"), variable(shop, "back_log")) == ("123", "77")
    assert_converged(shop, active)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("memoryLimit", "130Mi", "it needed more memory than its limit of 130Mi"),
        ("image", "docker.io/cadrart-sandbox/mysql:not-there", "ImagePullBackOff"),
        ("settings.lower_case_table_names", "1", "lower_case_table_names"),
    ],
    ids=["too little memory", "no image", "wrong setting"],
)
def test_a_restart_that_fails_is_taken_back(shop: Shop, key: str, value: str, says: str) -> None:
    active, _ = colors(shop)
    before = how_it_runs(shop)
    with shop.stack.settings_kept():
        shop.stack.config_set("database.rehearse", "false")  # or the image would be missed before the restart
        shop.stack.config_set(f"database.{key}", value)
        request = ask_for_restart(shop)
        failed = shop.up(check=False)
        assert failed.returncode != 0
        assert_shown(failed.stdout, "what ran before was started again, and answers. The new pod said:", says)
        assert not any(password in failed.stdout for password in passwords(shop))
        after = server(shop)
        assert how_it_runs(shop) == before

        assert_shown(shop.pulumi("preview").stdout, f"database.restart {request} was tried, and taken back")
        shop.up()
        assert server(shop) == after
    shop.up()
    assert server(shop) == after
    assert_converged(shop, active)


def test_an_update_killed_while_the_server_restarts_is_brought_to_an_end(shop: Shop) -> None:
    before, (active, _) = server(shop), colors(shop)
    ask_for_restart(shop)
    with followed_update(shop) as update:
        update.wait_for(Step("database-server", "starts"))
        while before.name in str(shop.pods()):
            time.sleep(0.1)
        update.send(signal.SIGKILL)
    unlock(shop)
    assert_shown(shop.pulumi("preview").stdout, "was cut off; this update ends it, and production is interrupted")
    shop.up()
    assert server(shop).uid != before.uid
    assert_converged(shop, active)


def test_settings_that_are_taken_out_go_back_to_the_server_s_own(shop: Shop) -> None:
    before = server(shop)
    shop.pulumi("config", "rm", "--path", "database.settings.max_connections")
    assert_shown(shop.up().stdout, "max_connections: 123 → the server's default, without a restart")
    assert variable(shop, "max_connections") == "151"
    shop.stack.config_set("database.settings.no_such_variable", "1")
    refused = shop.up(check=False)
    assert refused.returncode != 0
    assert_shown(refused.stdout, "database.settings.no_such_variable: the database server knows no such variable")
    shop.pulumi("config", "rm", "--path", "database.settings")
    shop.up()
    assert server(shop) == before


@pytest.mark.endurance
def test_what_refuses_both_pods_in_the_middle_of_a_restart_is_reported_and_the_next_update_ends_it(shop: Shop) -> None:
    """The second case: the pod before may be, so that production is back within seconds."""
    before, (active, _) = server(shop), colors(shop)
    now = how_it_runs(shop)["resources"]["limits"]["memory"]
    ask_for_restart(shop)
    with most_memory_once_the_server_ends(shop, "128Mi") as update:
        failed = update.wait()
    assert failed.returncode != 0
    reported = "refuses to make a pod for it: pods"
    assert_shown(failed.stdout, "what ran before does not answer either", reported, f"is 128Mi, but limit is {now}")
    assert_shown(shop.pulumi("preview").stdout, "was cut off; this update ends it")
    begun = time.monotonic()
    assert_shown(shop.up(check=False).stdout, "what ran before was started again, and answers")
    assert time.monotonic() - begun < 60  # the cluster itself would try again after minutes

    shop.stack.config_set("database.memoryLimit", "1200Mi")
    ask_for_restart(shop)
    with most_memory_once_the_server_ends(shop, "1100Mi") as update:
        failed = update.wait()
    assert failed.returncode != 0
    assert_shown(failed.stdout, "what ran before was started again, and answers", reported)
    assert how_it_runs(shop)["resources"]["limits"]["memory"] == now
    assert server(shop).uid != before.uid
    shop.stack.config_set("database.memoryLimit", now)
    shop.up()
    assert_converged(shop, active)


@contextlib.contextmanager
def most_memory_once_the_server_ends(shop: Shop, memory: str) -> Iterator[FollowedUpdate]:
    """An update that restarts the server, and a limit that comes when the pod before is on its way out."""
    before = server(shop)
    with followed_update(shop) as update:
        update.wait_for(Step("database-server", "starts"))
        while before.name in str(shop.pods()):
            time.sleep(0.05)
        with most_memory(shop, memory):
            yield update


@pytest.mark.endurance
@pytest.mark.parametrize("user", [0, 999])
def test_the_server_changes_its_user_at_a_restart_and_keeps_its_files(shop: Shop, user: int) -> None:
    reference = f"written-before-user-{user}"
    shop.post("backend-prod-proxy", "/api/clients", {"reference": reference})
    shop.stack.config_set("database.runAs", str(user))
    before = server(shop)
    shop.up()
    assert server(shop) == before
    ask_for_restart(shop)
    shop.up()
    assert how_it_runs(shop)["securityContext"].get("runAsUser", 0) == user
    assert shop.rows_with("atelier-cadrart", reference) == 1
    assert_converged(shop, colors(shop)[0])
