import json
from dataclasses import dataclass, field
from typing import Any, cast
from unittest import mock

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.quantities import amount, is_larger
from cadrart_infra.database_server.boost import Boost, boosted
from tests.unit.database_server.objects import Manifest, deployment, replica_set, template


@pytest.mark.parametrize(
    ("now", "raised"),
    [
        ({"cpu": "100m", "memory": "512Mi"}, {"cpu": "1", "memory": "1Gi"}),
        ({"cpu": "2", "memory": "512Mi"}, {"memory": "1Gi"}),
        ({"cpu": "1000m", "memory": "1024Mi"}, {}),
        ({"memory": "512Mi"}, {"memory": "1Gi"}),
        ({}, {}),
    ],
)
def test_limits_are_raised_and_never_lowered_or_made(now: dict[str, str], raised: dict[str, str]) -> None:
    assert Boost("1", "1Gi").raised(now) == raised
    assert Boost().raised(now) == {}


def test_a_boost_is_read_back_from_its_annotation() -> None:
    assert Boost.parse(Boost("1", "").as_text()) == Boost("1", "")
    assert Boost.parse("") == Boost.parse("no json") == Boost()


def test_quantities() -> None:
    assert [int(amount(one) * 1000) for one in ("250m", "2", "1.5", "1k", "1Ki", "1Mi")] == [
        250,
        2000,
        1500,
        10**6,
        1024000,
        1024 * 1024000,
    ]
    assert is_larger("1", "999m")
    assert not is_larger("1Gi", "1024Mi")


@dataclass
class Cluster:
    """One pod of the server on one node, which applies a resize when it is looked at for the second time."""

    node_cpu: str = "2"
    quota: str = ""
    """What the API server says to a resize."""
    pending: str = ""
    """What the node says to one that raises."""
    asked: list[str] = field(default_factory=list)
    """The processor limits that were asked for."""

    def __post_init__(self) -> None:
        made = template()
        limits = dict(made["spec"]["containers"][0]["resources"]["limits"])
        self.pod: Manifest = {
            "kind": "Pod",
            "metadata": {"name": "db-1", "generation": 1, "annotations": {}, "ownerReferences": [{"uid": "db-1"}]},
            "spec": {**made["spec"], "nodeName": "node"},
            "status": {
                "observedGeneration": 1,
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "db", "ready": True, "resources": {"limits": limits}}],
            },
        }

    def objects(self, *kinds: Kind, **_: str) -> list[Manifest]:
        found = deployment()
        found["metadata"]["annotations"]["ateliercadrart.com/boost"] = Boost("1").as_text()
        return [
            one for one in (found, replica_set("db-1", 1, 1), self.pod) if one["kind"] in [kind.name for kind in kinds]
        ]

    def ask(self, _path: str) -> str:
        return json.dumps({"status": {"allocatable": {"cpu": self.node_cpu, "memory": "4Gi"}}})

    def run(self, *arguments: str, stdin: str = "") -> str:
        change = json.loads(stdin)
        if "--subresource=resize" not in arguments:
            self._annotate(change["metadata"]["annotations"])
            return ""
        if self.quota:
            raise ClusterError(self.quota)
        self.asked.append(change["spec"]["containers"][0]["resources"]["limits"]["cpu"])
        self.pod["metadata"]["generation"] += 1
        self._wait(self.pending if amount(self.asked[-1]) > amount("100m") else "")
        return ""

    def find(self, _kind: Kind, _name: str) -> Manifest:
        """As it is now; then the node goes on."""
        seen: Manifest = json.loads(json.dumps(self.pod))
        self.pod["status"]["observedGeneration"] = self.pod["metadata"]["generation"]
        if not any(one["type"] == "PodResizePending" for one in self.pod["status"]["conditions"]):
            self.limits["cpu"] = self.asked[-1]
        return seen

    @property
    def limits(self) -> dict[str, str]:
        found: dict[str, str] = self.pod["status"]["containerStatuses"][0]["resources"]["limits"]
        return found

    def _annotate(self, change: dict[str, Any]) -> None:
        kept = {**self.pod["metadata"]["annotations"], **change}
        self.pod["metadata"]["annotations"] = {key: value for key, value in kept.items() if value is not None}

    def _wait(self, why: str) -> None:
        pending = [{"type": "PodResizePending", "status": "True", "message": why}] if why else []
        self.pod["status"]["conditions"] = [{"type": "Ready", "status": "True"}, *pending]


def run_boosted(cluster: Cluster) -> tuple[str, list[str]]:
    """The limit that applied while something ran, and what was said."""
    said: list[str] = []
    with mock.patch("cadrart_infra.database_server.boost._PAUSE", 0.01), boosted(cast(Kubectl, cluster), said.append):
        meanwhile = cluster.limits["cpu"]
    assert cluster.limits["cpu"] == "100m"
    assert cluster.pod["metadata"]["annotations"] == {}
    return meanwhile, said


def test_limits_are_raised_meanwhile_and_put_back() -> None:
    assert run_boosted(Cluster()) == (
        "1",
        ["database server: limits are cpu 1 meanwhile", "database server: limits are cpu 100m again"],
    )


def test_no_more_is_asked_for_and_said_than_the_node_has() -> None:
    meanwhile, said = run_boosted(Cluster(node_cpu="500m"))
    assert (meanwhile, said[0]) == ("500m", "database server: limits are cpu 500m meanwhile")


def test_a_quota_without_room_is_said_in_words_and_once() -> None:
    cluster = Cluster(quota="exceeded quota: tight, requested: limits.cpu=900m")
    meanwhile, (said,) = run_boosted(cluster)
    assert (meanwhile, cluster.asked) == ("100m", [])
    assert "its limits cannot be raised here, so it runs with cpu 100m" in said
    assert "exceeded quota: tight" in said


def test_a_node_without_room_is_said_in_words_and_what_was_asked_for_is_taken_back() -> None:
    cluster = Cluster(pending="Node didn't have enough capacity")
    meanwhile, said = run_boosted(cluster)
    assert (meanwhile, cluster.asked) == ("100m", ["1", "100m"])
    (refused,) = [line for line in said if "cannot be raised here" in line]
    assert refused.endswith("so it runs with cpu 100m, memory 512Mi: Node didn't have enough capacity")
