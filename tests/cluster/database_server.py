"""The database server's pod as tests look at it, and what they ask of it."""

import contextlib
import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cadrart_infra import naming
from cadrart_infra.cluster.pods import own_container
from sandbox.shop.handle import Shop

_SLEEP = "SELECT SLEEP(180)"
_REQUESTS = map("request-{}".format, itertools.count())


class ServerPod(NamedTuple):
    """The pod that runs, with what shows whether it is still the same process in it."""

    name: str
    uid: str
    container: str
    restarts: int


def pod_of_the_server(shop: Shop) -> dict[str, Any]:
    """The server's one pod that is not ending; fails where there is another number of them."""
    (pod,) = (
        pod
        for pod in shop.get("pods").values()
        if pod["metadata"]["labels"].get("io.kompose.service") == "db" and "deletionTimestamp" not in pod["metadata"]
    )
    return pod


def server(shop: Shop) -> ServerPod:
    """Which pod it is."""
    pod = pod_of_the_server(shop)
    (status,) = pod["status"]["containerStatuses"]
    return ServerPod(pod["metadata"]["name"], pod["metadata"]["uid"], status["containerID"], status["restartCount"])


def ready_for(shop: Shop) -> float:
    """Seconds since the server's pod got ready."""
    (ready,) = (one for one in pod_of_the_server(shop)["status"]["conditions"] if one["type"] == "Ready")
    assert ready["status"] == "True"
    return (datetime.now(UTC) - datetime.fromisoformat(ready["lastTransitionTime"])).total_seconds()


def limits(shop: Shop) -> dict[str, str]:
    """The limits that apply to the running server, as its node reports them."""
    (status,) = pod_of_the_server(shop)["status"]["containerStatuses"]
    found: dict[str, str] = status["resources"]["limits"]
    return found


def ask_for_restart(shop: Shop) -> str:
    """In the settings, for the next update; returns the request, which none before it had."""
    request = next(_REQUESTS)
    shop.stack.config_set("database.restart", request)
    return request


@contextlib.contextmanager
def most_memory(shop: Shop, memory: str) -> Iterator[None]:
    """While the block runs, the namespace refuses pods with a container that may have more than this."""
    limits = [{"type": "Container", "max": {"memory": memory}}]
    limit_range = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}
    shop.kubectl("create", "-f", "-", stdin=json.dumps(limit_range))
    try:
        yield
    finally:
        shop.kubectl("delete", "limitrange", "small")


@contextlib.contextmanager
def no_node_for_a_new_server(shop: Shop) -> Iterator[None]:
    """While the block runs, no node takes another pod of the server, as if all were cordoned for the shop alone.

    A pod that wants none of them beside itself, and was put on the server's node without being asked.
    """
    running = pod_of_the_server(shop)
    unwanted = {"key": "io.kompose.service", "operator": "In", "values": ["db", "cadrart-node-check"]}
    term = {"topologyKey": "kubernetes.io/os", "labelSelector": {"matchExpressions": [unwanted]}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone"},
        "spec": {
            "nodeName": running["spec"]["nodeName"],
            "terminationGracePeriodSeconds": 0,
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
            "containers": [{"name": "sleep", "image": own_container(running)["image"], "command": ["sleep", "600"]}],
        },
    }
    shop.kubectl("create", "-f", "-", stdin=json.dumps(pod))
    try:
        yield
    finally:
        shop.kubectl("delete", "pod", "alone", "--now")


def passwords(shop: Shop) -> list[str]:
    """Those of production's account and of root, which nothing may print."""
    secret = shop.secret(naming.APP_SECRET)
    return [secret["DATABASE_PASSWORD"], secret[naming.ROOT_PASSWORD_KEY]]


def variable(shop: Shop, name: str) -> str:
    """A variable of the running server."""
    ((value,),) = shop.as_root(f"SELECT @@GLOBAL.{name}")
    return value


@contextlib.contextmanager
def refused_sync_account(shop: Shop) -> Iterator[str]:
    """While the block runs, the server refuses the sync's account, because it wants a certificate; yields its password.

    An update puts another password right, on whichever side it is.
    """
    account = shop.account("cadrart-database-sync")
    require = f"ALTER USER '{account['user']}'@'%' REQUIRE"
    shop.as_root(f"{require} X509")
    try:
        yield account["password"]
    finally:
        shop.as_root(f"{require} NONE")


@contextlib.contextmanager
def open_session(shop: Shop, statements: str, said: str, database: str = "") -> Iterator[Callable[[], None]]:
    """A session of root on the server that has run these statements, to whose rows `said` belongs, and goes on.

    Until the block ends or what it is given is called, for three minutes at most.
    """
    client = (
        f'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mysql --user=root --skip-column-names --unbuffered {database} '
        f'--execute="{statements}; {_SLEEP}"'
    )
    command = ["kubectl", "-n", shop.namespace, "exec", "deployment/db", "--", "sh", "-c", client]
    process = shop.cluster.popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None

    def end() -> None:
        mine = f"SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE INFO = '{_SLEEP}'"
        shop.as_root(*(kill for (kill,) in shop.as_root(mine)))

    try:
        while said.encode() not in (line := process.stdout.readline()):
            assert line, f"the server ran no {statements}"
        yield end
    finally:
        end()
        process.wait(timeout=30)
        process.stdout.close()
