"""Pods that run, and that the cluster would not make once more."""

import pytest

from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.model import Color
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.preflight.replacement_pods import refused_replacements
from tests.unit.admission import Cluster, installed

LIMITED = "maximum memory usage per Container is 256Mi, but limit is 1Gi"
ALL = ["backend-blue", "backend-green", "frontend-blue", "frontend-green"]


def reported(of: UpdatePlan, cluster: Cluster, *made: str) -> list[str]:
    return list(refused_replacements(of, made, cluster, []))  # type: ignore[arg-type]


def test_what_the_cluster_would_refuse_is_named_once_for_all_that_it_refuses() -> None:
    cluster = Cluster(ApiError(403, f'pods "backend-blue-x7z" is forbidden: {LIMITED}'))
    (line,) = reported(installed(), cluster)
    assert line.startswith("The cluster would refuse new pods of ")
    assert all(name in line for name in ALL)
    assert line.endswith(f"It says: {LIMITED}")


def test_pods_that_the_update_makes_are_asked_for_elsewhere() -> None:
    cluster = Cluster()
    assert reported(installed(), cluster, "backend-blue") == []
    assert sorted(cluster.names) == ["backend-green-", "frontend-blue-", "frontend-green-"]
    assert reported(installed(Color.GREEN), turned := Cluster()) == []
    assert turned.asked == []


@pytest.mark.parametrize(
    ("used", "limited", "lines"),
    [("pods=6", "pods=6", 0), ("pods=6", "pods=5", 1), ("limits.memory=1Gi,pods=5", "limits.memory=900Mi,pods=6", 1)],
)
def test_a_full_quota_lets_a_pod_take_another_one_s_place(used: str, limited: str, lines: int) -> None:
    requested = ",".join(f"{one.partition('=')[0]}=1" for one in used.split(","))
    said = f"exceeded quota: all, requested: {requested}, used: {used}, limited: {limited}"
    assert len(reported(installed(), Cluster(ApiError(403, said)))) == lines


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert reported(installed(), Cluster(ClusterError("no answer"))) == []
    assert reported(installed(), Cluster(ApiError(400, "webhook does not support dry run"))) == []
