"""A gate, and a cluster whose pods it looks at."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import DEPLOYMENT, REPLICA_SET, Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.expected_pods import ExpectedWorkload
from cadrart_infra.promotion.gate import FormerProduction, Gate, GateSpec
from cadrart_infra.promotion.time_budget import TimeBudget
from cadrart_infra.workloads import BACKEND, FRONTEND
from tests.unit.cluster_objects import deployments

SPEC = GateSpec(
    color=Color.GREEN,
    database="shop",
    workloads={
        FRONTEND.name: ExpectedWorkload("shop/frontend:1", 1),
        BACKEND.name: ExpectedWorkload("shop/backend:1", 1),
    },
    successes=2,
    timeout=0.3,
    rollout=0,
)
IN_NO_HURRY = replace(SPEC, timeout=60)
"""For pods that pass, however busy the machine is."""


def pod(workload: str, image: str = "", *, ready: bool = True, digest: str = "aa") -> dict[str, Any]:
    return {
        "metadata": {"name": f"{workload}-green-x", "labels": {"io.kompose.service": f"{workload}-green"}},
        "spec": {"containers": [{"name": workload, "image": image or f"shop/{workload}:1"}]},
        "status": {
            "containerStatuses": [{"name": workload, "imageID": f"shop/{workload}@sha256:{digest}"}],
            "podIP": "10.42.0.7",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


class Cluster:
    """A cluster with these pods.

    Every backend says that it is connected to `database` (nothing where empty), the server that it is connected to
    `connected`; `missing` are migrations.
    """

    namespace = "cadrart"

    def __init__(
        self,
        *pods: dict[str, Any],
        database: str = "shop",
        healthy: bool = True,
        connected: Sequence[str] = ("shop", ""),
        missing: Sequence[str] | None = None,
        stuck: str = "",
    ) -> None:
        self.pods, self.database, self.healthy = pods, database, healthy
        self.connected, self.missing, self.stuck = connected, missing, stuck
        self.replica_sets: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def objects(self, kind: Kind, selector: str = "") -> list[dict[str, Any]]:
        if kind == DEPLOYMENT:
            color = deployments(Color.GREEN, Environment.PROD)
            return [one for one in color if one["metadata"]["name"] != self.stuck]
        assert selector == "environment=green,ateliercadrart.com/environment=prod"
        return list(self.replica_sets if kind == REPLICA_SET else self.pods)

    def ask(self, url: str) -> str:
        self.asked.append(url.rpartition("/proxy/")[2])
        if not self.healthy:
            raise ApiError(503, "database unreachable")
        if url.endswith("/api/schema"):
            if self.missing is None:
                raise ApiError(404, "no such page")
            return json.dumps({"missing": self.missing})
        if url.endswith("/api/health/live"):
            return json.dumps({"status": "ok", **({"database": self.database} if self.database else {})})
        return "<html>"


class Server:
    """A database server that knows the cluster's connections."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def run(self, *_statements: str) -> list[list[str]]:
        return [[f"10.42.0.7:{number}", name] for number, name in enumerate(self._cluster.connected)]


def check(
    cluster: Cluster,
    budget: TimeBudget | None = None,
    spec: GateSpec = SPEC,
    production: Sequence[str] = (),
    gone: Sequence[str] = (),
    edited: Mapping[str, str] = MappingProxyType({}),
) -> str:
    budget, server = budget or TimeBudget(60), Server(cluster)
    words = "{} is stuck".format
    former = FormerProduction(lambda: list(production), lambda: list(gone))

    def edits(objects: Iterable[Mapping[str, Any]]) -> list[str]:
        return [edited[name] for one in objects if (name := one["metadata"]["name"]) in edited]

    gate = Gate(spec, cluster, lambda: server, budget, words, former, edits)  # type: ignore[arg-type, return-value]
    return gate.check()
