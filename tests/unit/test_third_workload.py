"""A further workload is one WorkloadSpec and its images: everything else follows."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pulumi
import pytest

from cadrart_infra import workloads
from cadrart_infra.model import Color, OfPod, Port, Resources, Volume, Workload, WorkloadSpec
from cadrart_infra.promotion.expected_pods import ExpectedWorkload
from cadrart_infra.promotion.gate import GateRefused, GateSpec
from cadrart_infra.promotion.serving import read_serving, serving_table
from tests.unit import program
from tests.unit.cluster_objects import FixedKubectl
from tests.unit.promotion.gates import Cluster, check, pod

WORKER = WorkloadSpec(
    name=Workload("worker"),
    ports=(Port("http", 9000, proxy_name="jobs"), Port("metrics", 9100, proxy_name="metrics")),
    health_path="/alive",
    ingress_paths={"/jobs": "http"},
    variables={"QUEUE_DATABASE": OfPod.DATABASE, "QUEUES": "mail,pdf"},
    mounts={Volume.LOGS: "/logs"},
    run_as=2000,
    resources=Resources(memory_request="32Mi", memory_limit="32Mi"),
    preview_variable="PREVIEW_WORKER_URL",
)
COLORS = ("blue", "green")


@pytest.fixture(autouse=True)
def _three_workloads() -> Iterator[None]:
    with mock.patch.object(workloads, "SHOP", (*workloads.SHOP, WORKER)):
        yield


def images() -> dict[str, dict[str, str]]:
    return {color: {**of_color, "worker": f"shop/worker:{color}"} for color, of_color in program.images().items()}


def declared(**config: Any) -> program.Program:
    return program.run(images=images(), gate={"smokeCommand": "./check"}, **config)


def test_each_color_runs_it() -> None:
    shop = declared(resources={"worker": {"cpuLimit": "1"}})
    for color, environment, database in (("blue", "prod", "atelier-cadrart"), ("green", "stg", "atelier-cadrart-stg")):
        deployment = shop[f"deployment/worker-{color}"].inputs["spec"]
        assert deployment["template"]["metadata"]["labels"]["ateliercadrart.com/environment"] == environment
        (container,) = deployment["template"]["spec"]["containers"]
        assert container["image"] == f"shop/worker:{color}"
        assert container["env"] == [
            {"name": "QUEUE_DATABASE", "value": database},
            {"name": "QUEUES", "value": "mail,pdf"},
        ]
        assert container["readinessProbe"]["httpGet"] == {"path": "/alive", "port": "http"}
        assert container["securityContext"]["runAsUser"] == 2000
        assert container["resources"]["limits"] == {"cpu": "1", "memory": "32Mi"}
        assert container["volumeMounts"] == [{"name": "cadrart-logs", "mountPath": "/logs"}]
        service = shop[f"service/worker-{color}"].inputs["spec"]
        assert [(port["name"], port["port"]) for port in service["ports"]] == [("http", 9000), ("metrics", 9100)]


def test_requests_reach_it_and_it_reaches_the_database() -> None:
    shop = declared()
    for environment, color, label in (("prod", "blue", "prod"), ("test", "green", "stg")):
        proxy = shop[f"service/worker-{environment}-proxy"].inputs["spec"]
        assert proxy["selector"] == {
            "io.kompose.service": f"worker-{color}",
            "ateliercadrart.com/environment": label,
        }
        assert [(port["name"], port["port"]) for port in proxy["ports"]] == [("jobs", 9000), ("metrics", 9100)]
    paths = shop["ingress/cadrart-ingress"].inputs["spec"]["rules"][0]["http"]["paths"]
    last = paths[-1]
    assert (last["path"], last["backend"]["service"]) == (
        "/jobs",
        {"name": "worker-prod-proxy", "port": {"number": 9000}},
    )
    peer = shop["networkpolicy/db-clients"].inputs["spec"]["ingress"][0]["from"][0]
    assert {"worker-blue", "worker-green"} < set(peer["podSelector"]["matchExpressions"][0]["values"])


def test_it_is_promoted_with_the_others() -> None:
    shop = declared()
    for name, gate in (
        ("command/smoke-production", "promotion-gate"),
        ("service/worker-prod-proxy", "promotion-gate-after-smoke"),
    ):
        hooks = shop.requests[name].hooks
        assert list(hooks.before_create) == list(hooks.before_update) == [gate]
    assert "deployment/worker-blue" in shop.before("service/frontend-prod-proxy")
    assert shop["command/smoke-production"].inputs["environment"]["WORKER_IMAGE"] == "shop/worker:blue"


def test_the_gate_asks_it() -> None:
    expected = {name: ExpectedWorkload(f"shop/{name}:1", 1) for name in workloads.names()}
    spec = GateSpec(Color.GREEN, "shop", expected, successes=1, timeout=0.3, rollout=0)
    others = [pod("frontend"), pod("backend")]
    cluster = Cluster(*others, pod("worker"))
    assert check(cluster, spec=spec) == "gate passed: 3 pods of green answered 1 times in a row"
    assert "alive" in cluster.asked
    with pytest.raises(GateRefused, match="worker-green: 0 of 1 pods with image shop/worker:1 are ready"):
        check(Cluster(*others), spec=spec)


def test_the_table_of_who_serves_has_its_column() -> None:
    with mock.patch("cadrart_infra.promotion.serving._SETTLE_SECONDS", 0.0):
        table = serving_table(read_serving(FixedKubectl([]), []))  # type: ignore[arg-type]
    assert table.splitlines()[1].split() == ["colour", "frontend", "backend", "worker", "database", "pods"]


def test_its_images_have_to_be_set() -> None:
    with pytest.raises(pulumi.RunError, match=r"images.blue.worker is missing.*\n.*images.green.worker is missing"):
        program.run()
