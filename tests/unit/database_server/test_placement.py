"""Whether a node would take the server's next pod: what is tried, and what is made of the cluster's answers."""

from typing import Any
from unittest import mock

import pytest

from cadrart_infra.cluster.admission import Admission
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.database_server import placement
from cadrart_infra.database_server.placement import ask_for_node
from cadrart_infra.database_server.state import server_of
from tests.unit.brief_job_cluster import BriefJobCluster
from tests.unit.database_server.objects import deployment, replica_set, template

CLAIM = {"name": "db-volume", "persistentVolumeClaim": {"claimName": "db-volume"}}
CORDONED = "0/1 nodes are available: 1 node(s) were unschedulable."
TOLERATED = {"tolerations": [{"key": "database", "operator": "Exists"}], "nodeSelector": {"disk": "ssd"}}
POD = {
    "kind": "Pod",
    "metadata": {"name": "db-1-a", "ownerReferences": [{"uid": "db-1"}]},
    "spec": {**template()["spec"], **TOLERATED, "nodeName": "one", "priority": 1000},
}
RUNNING = server_of([deployment(), replica_set("db-1", 1, 1, template()), POD])


def pod(scheduled: str, message: str = "") -> dict[str, Any]:
    return {"status": {"conditions": [{"type": "PodScheduled", "status": scheduled, "message": message}]}}


def ask(cluster: BriefJobCluster) -> Admission:
    """The answer; a cluster that says nothing new is not waited for."""
    wanted = template("2Gi", image="mysql:9.7")
    wanted["spec"]["volumes"] = [CLAIM, {"name": "settings", "configMap": {"name": "db-settings"}}]
    with mock.patch.object(placement, "_SECONDS", 0.02), mock.patch.object(placement, "_PAUSE", 0.001):
        return ask_for_node(cluster, RUNNING, wanted)  # type: ignore[arg-type]


def test_a_pod_with_the_server_s_volume_that_asks_for_nothing_is_tried_and_removed() -> None:
    cluster = BriefJobCluster(None, {"status": {}}, pod("False", CORDONED), pod("True"))
    assert ask(cluster) == Admission()
    (job,) = cluster.created
    assert cluster.deleted == [job["metadata"]["name"]]
    spec = job["spec"]["template"]["spec"]
    assert spec["volumes"] == [CLAIM]
    assert "fsGroup" not in spec["securityContext"]  # or the volume's files might change their group
    (container,) = spec["containers"]
    assert (container["image"], container["imagePullPolicy"]) == ("mysql:8.0", "IfNotPresent")  # the node has it
    assert container["resources"]["requests"] == {"cpu": "0", "memory": "0"}
    assert "volumeMounts" not in container
    assert spec.items() >= TOLERATED.items()
    assert not {"nodeName", "priority"} & spec.keys()


def test_no_node_takes_it() -> None:
    cluster = BriefJobCluster(pod("False", CORDONED))
    assert ask(cluster) == Admission(refused=CORDONED)
    assert cluster.deleted


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (None, "the cluster makes no pod for it"),
        (pod("False", "0/1 nodes are available: 1 Too many pods."), "0/1 nodes are available: 1 Too many pods."),
    ],
    ids=["a quota", "a node whose last place the former pod has"],
)
def test_what_says_nothing_of_the_restart_refuses_none(seen: dict[str, Any] | None, why: str) -> None:
    assert ask(BriefJobCluster(seen)) == Admission(unknown=why)


def test_a_missing_right_refuses_none() -> None:
    cluster = BriefJobCluster(None)
    with mock.patch.object(cluster, "create", side_effect=ClusterError("jobs is forbidden")):
        assert ask(cluster) == Admission(unknown="jobs is forbidden")
