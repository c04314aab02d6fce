"""The table of who serves what."""

from unittest import mock

from cadrart_infra import workloads
from cadrart_infra.model import Color, Environment
from cadrart_infra.naming import proxy_name
from cadrart_infra.promotion.serving import read_serving, serving_table
from tests.unit.cluster_objects import FixedKubectl, Object
from tests.unit.promotion.serving_pods import BY_THE_CLUSTER, pod


def behind(proxy: str, pod_name: str, *, ready: bool = True) -> Object:
    return {
        "kind": "EndpointSlice",
        "metadata": {"name": f"{proxy}-1", "labels": {"kubernetes.io/service-name": proxy, **BY_THE_CLUSTER}},
        "endpoints": [{"conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "name": pod_name}}],
    }


def test_the_table_shows_what_requests_really_reach() -> None:
    objects = [pod(workload, Color.GREEN, Environment.PROD) for workload in workloads.names()]
    objects += [behind(proxy_name(workload, Environment.PROD), f"{workload}-green-x") for workload in workloads.names()]
    objects += [behind("backend-test-proxy", "backend-blue-x", ready=False)]
    objects += [{"kind": "EndpointSlice", "metadata": {"name": "none", "labels": {}}, "endpoints": None}]
    servings = read_serving(FixedKubectl(objects), [Environment.PROD])  # type: ignore[arg-type]
    assert serving_table(servings).splitlines() == [
        "who serves what, as the cluster says",
        "            colour  frontend    backend    database   pods",
        "production  green   frontend:1  backend:1  shop-prod  1 + 1",
        "staging     nobody                                    0 + 0",
    ]


def test_the_table_shows_what_a_standby_is_bound_to() -> None:
    names = workloads.names()
    serving = [pod(workload, Color.GREEN, Environment.PROD) for workload in names]
    serving += [behind(proxy_name(workload, Environment.PROD), f"{workload}-green-x") for workload in names]
    held = [pod(workload, Color.BLUE, Environment.PROD) for workload in names]
    ending = [{**one, "metadata": {**one["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}} for one in held]
    assert rows([*serving, *held])[-1] == "standby     blue    frontend:1  backend:1  shop-prod  1 + 1"
    assert rows([*serving, *ending])[-1].startswith("staging ")
    assert rows(held)[-1].startswith("staging ")


def test_pods_and_endpoints_that_somebody_made_may_have_no_labels() -> None:
    bare = {**pod(workloads.BACKEND.name, Color.BLUE, Environment.PROD), "metadata": {"name": "debug"}}
    by_hand = {"kind": "EndpointSlice", "metadata": {"name": "by-hand"}, "endpoints": [{"addresses": ["192.0.2.1"]}]}
    assert rows([bare, by_hand])[-1].startswith("staging     nobody")


def rows(objects: list[Object]) -> list[str]:
    with mock.patch("cadrart_infra.promotion.serving._SETTLE_SECONDS", 0.0):
        servings = read_serving(FixedKubectl(objects), [Environment.PROD])  # type: ignore[arg-type]
    return serving_table(servings).splitlines()
