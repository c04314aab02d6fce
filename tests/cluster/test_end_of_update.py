"""The end of an update is true: what keeps production from being well fails it, though nothing was to be changed."""

import contextlib
import json
import shlex
from collections.abc import Iterator

import pytest

from cadrart_infra.naming import COLOR_LABEL, ENVIRONMENT_LABEL, SERVICE_LABEL
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors
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
    assert_shown(preview.stdout, "Production is not well now, before any update", "production has no database")
    assert failed.returncode != 0
    assert_shown(failed.stdout, "The database server has no ready pod: production has no database.", "unschedulable")
    shop.up()
    assert_converged(shop, active)


def test_a_server_whose_labels_somebody_took_away_is_named_with_the_way_back(shop: Shop) -> None:
    """Its Deployment makes another one, which finds the volume taken."""
    active, _ = colors(shop)
    (server,) = [key for key in shop.get("pods") if key.startswith("pod/db-")]
    shop.kubectl("label", server, f"{SERVICE_LABEL}-")
    shop.kubectl("wait", "--for=condition=Available=False", "deployment/db", "--timeout=60s")
    with changed(shop, rollout__timeout="10"):
        failed = shop.up(check=False)
    status = shop.program("status", check=False)
    name = server.removeprefix("pod/")
    way_back = f"kubectl -n {shop.namespace} delete pod {name}"
    assert failed.returncode != 0
    assert_shown(failed.stdout, f"Pod {name} belongs to db no more", f"Pod {name} still runs on its volume", way_back)
    assert status.returncode == 1
    assert_shown(
        status.stdout, "PRODUCTION DOES NOT ANSWER: db leads to no ready pod", f"{server} belongs to db no more"
    )
    shop.kubectl(*shlex.split(way_back.removeprefix(f"kubectl -n {shop.namespace} ")))
    shop.kubectl("wait", "--for=condition=Available", "deployment", "--all", "--timeout=120s")
    shop.up()
    assert_converged(shop, active)


def test_what_somebody_put_behind_production_s_proxies_fails_an_update_until_it_is_gone(shop: Shop) -> None:
    """Services ask for labels alone: staging's pod with production's, one of production's without, an address."""
    active, inactive = colors(shop)
    stranger, left_out = pod_of(shop, f"backend-{inactive}"), pod_of(shop, f"frontend-{active}")
    try:
        shop.kubectl(
            *("label", "--overwrite", stranger),
            *(f"{SERVICE_LABEL}=backend-{active}", f"{COLOR_LABEL}={active}", f"{ENVIRONMENT_LABEL}=prod"),
        )
        shop.kubectl("label", "--overwrite", left_out, f"{ENVIRONMENT_LABEL}=stg")
        shop.kubectl("apply", "--filename=-", stdin=slice_for("backend-prod-proxy"))
        assert_strangers_shown(shop, stranger, left_out)
    finally:
        shop.kubectl("delete", "--ignore-not-found", stranger, left_out, "endpointslice/by-hand")
    shop.kubectl("wait", "--for=condition=Available", "deployment", "--all", "--timeout=120s")
    shop.up()
    assert_converged(shop, active)


def assert_strangers_shown(shop: Shop, stranger: str, left_out: str) -> None:
    """By a preview, an update that fails, and the status; production's frontend has no pod meanwhile."""
    preview, failed = shop.pulumi("preview"), shop.up(check=False)
    said = (
        f"backend-prod-proxy leads to {stranger.replace('/', ' ')}, which no Deployment of the shop looks after",
        "It is connected to atelier-cadrart-stg.",
        f"Somebody changed the label {ENVIRONMENT_LABEL} of {left_out.replace('/', ' ')}",
        "backend-prod-proxy also leads to 10.44.99.99, by the EndpointSlice by-hand",
    )
    assert_shown(preview.stdout, "Production is not well now, before any update", *said)
    assert failed.returncode != 0
    assert_shown(failed.stdout, *said, f"kubectl -n {shop.namespace} delete {stranger.replace('/', ' ')}")
    status = shop.program("status", check=False)
    assert status.returncode == 1
    unanswered = "PRODUCTION DOES NOT ANSWER: frontend-prod-proxy leads to no ready pod"
    assert_shown(status.stdout, unanswered, f"{stranger} takes requests of backend-prod-proxy", left_out)


def pod_of(shop: Shop, name: str) -> str:
    """The one pod of a Deployment that is not ending, as kind/name."""
    (pod,) = (pod for pod in shop.pods() if pod.startswith(f"pod/{name}-"))
    return pod


def slice_for(proxy: str) -> str:
    """A manifest that has a Service lead to an address where nobody is."""
    return json.dumps(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "by-hand", "labels": {"kubernetes.io/service-name": proxy}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.44.99.99"], "conditions": {"ready": True}}],
            "ports": [{"name": "api", "port": 3000, "protocol": "TCP"}],
        }
    )
