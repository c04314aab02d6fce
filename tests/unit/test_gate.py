"""The gate: its verdict from what pods show."""

import asyncio
import json
from typing import Any

import pytest

from cadrart_infra.colors import Color
from cadrart_infra.connection import ClusterError
from cadrart_infra.naming import Workload
from cadrart_infra.promotion.gate import ExpectedWorkload, Gate, GateRefused, GateSpec

SPEC = GateSpec(
    color=Color.GREEN,
    database="shop",
    workloads={
        Workload.FRONTEND: ExpectedWorkload("shop/frontend:1", 1),
        Workload.BACKEND: ExpectedWorkload("shop/backend:1", 1),
    },
    successes=2,
    timeout=0.3,
)


def pod(workload: str, image: str = "", *, ready: bool = True) -> dict[str, Any]:
    return {
        "metadata": {"name": f"{workload}-green-x", "labels": {"io.kompose.service": f"{workload}-green"}},
        "spec": {"containers": [{"image": image or f"shop/{workload}:1"}]},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


class Cluster:
    """A cluster with these pods; every backend says that it is connected to `database`."""

    namespace = "cadrart"

    def __init__(self, *pods: dict[str, Any], database: str = "shop", healthy: bool = True) -> None:
        self.pods, self.database, self.healthy, self.asked = pods, database, healthy, 0

    def get(self, _kind: str, selector: str) -> list[dict[str, Any]]:
        assert selector == "--selector=environment=green,ateliercadrart.com/environment=prod"
        return list(self.pods)

    def run(self, *arguments: str, timeout: float) -> str:
        self.asked += 1
        if not self.healthy:
            raise ClusterError("the server responded with 503")
        return json.dumps({"status": "ok", "database": self.database}) if "3000" in arguments[-1] else "<html>"


def judge(cluster: Cluster, times: int = 1) -> None:
    gate = Gate(SPEC, cluster)  # type: ignore[arg-type]

    async def all_at_once() -> None:
        verdicts = await asyncio.gather(*(gate.require(None) for _ in range(times)), return_exceptions=True)  # type: ignore[arg-type]
        for verdict in verdicts:
            if isinstance(verdict, BaseException):
                raise verdict
        assert len({str(verdict) for verdict in verdicts}) == 1

    asyncio.run(all_at_once())


def test_healthy_pods_pass_and_are_asked_as_often_as_set() -> None:
    cluster = Cluster(pod("frontend"), pod("backend"))
    judge(cluster)
    assert cluster.asked == 2 * SPEC.successes


def test_one_verdict_serves_all_that_wait() -> None:
    cluster = Cluster(pod("frontend"), pod("backend"))
    judge(cluster, times=3)
    assert cluster.asked == 2 * SPEC.successes


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (Cluster(pod("frontend")), "backend-green: 0 of 1 pods with image shop/backend:1 are ready"),
        (Cluster(pod("frontend"), pod("backend", ready=False)), "backend-green: 0 of 1 pods"),
        (
            Cluster(pod("frontend"), pod("backend"), pod("backend", "shop/backend:0")),
            "backend-green: a pod that serves production runs shop/backend:0, not shop/backend:1",
        ),
        (
            Cluster(pod("frontend"), pod("backend"), database="shop-stg"),
            "backend-green-x: it is connected to the database shop-stg, not to shop",
        ),
        (Cluster(pod("frontend"), pod("backend"), healthy=False), "is not healthy: the server responded with 503"),
    ],
)
def test_an_unfit_color_is_refused_in_words(cluster: Cluster, said: str) -> None:
    with pytest.raises(GateRefused) as refusal:
        judge(cluster, times=2)
    assert said in str(refusal.value)
    assert "every proxy stays as it was" in str(refusal.value)
    assert "pulumi config set activeColor blue && pulumi up" in str(refusal.value)
