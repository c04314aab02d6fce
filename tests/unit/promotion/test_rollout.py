"""What people read of pods that do not get ready."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import EVENT, POD, Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.rollout import Rollout
from cadrart_infra.promotion.rollout_status import missing_deployments, not_rolled_out
from tests.unit.cluster_objects import Object, deployments, routed

BEGAN = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)


def warning(name: str, reason: str, message: str, minute: int = 1) -> Object:
    return {
        "involvedObject": {"name": name},
        "reason": reason,
        "message": message,
        "lastTimestamp": f"2026-01-01T10:{minute:02}:00Z" if minute >= 0 else "2026-01-01T09:59:00Z",
    }


CRASHED = {
    "metadata": {"name": "backend-green-1"},
    "status": {
        "containerStatuses": [{"name": "backend-green", "restartCount": 2, "state": {"terminated": {"exitCode": 1}}}]
    },
}


NOT_PULLED = {
    "metadata": {"name": "backend-green-1"},
    "status": {
        "containerStatuses": [
            {"state": {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "backend:9"'}}}
        ]
    },
}


class Cluster:
    """Blue serves production; green's backend has this pod, which crashes by default."""

    namespace = "cadrart"

    def __init__(self, *events: Object, pod: Object = CRASHED) -> None:
        self.events, self.pod, self.has_server = events, pod, True
        self.name_service = [{"endpoints": [{"conditions": {"ready": True}}]}]
        self.there = [*deployments(Color.BLUE, Environment.PROD), *deployments(Color.GREEN, Environment.STG)]

    def objects(self, kind: Kind, *more: Kind, **_selected: str) -> list[Any]:
        if kind == POD:
            return [self.pod]
        if kind == EVENT:
            return list(self.events)
        names = {one.name for one in (kind, *more)}
        return [one for one in (*routed(Color.BLUE), *self.there) if one["kind"] in names]

    def ask(self, _path: str, _timeout: float = 5) -> str:
        return json.dumps({"items": self.name_service})

    def find(self, _kind: Kind, _name: str) -> Object | None:
        return {"status": {"availableReplicas": 1}} if self.has_server else None


class NoCluster:
    namespace = "cadrart"

    def objects(self, *_: Kind, **_selected: str) -> list[Any]:
        raise ClusterError("connection refused")


def reported(cluster: object, active: Color = Color.GREEN) -> list[str]:
    return Rollout(Color.GREEN, active, 10, cluster, BEGAN).report("backend-green").splitlines()  # type: ignore[arg-type]


def test_a_server_that_is_not_there_comes_before_what_the_pods_say_of_it() -> None:
    cluster = Cluster()
    cluster.has_server = False
    assert reported(cluster)[1].startswith("  The Deployment db is gone: production has no database.")


@pytest.mark.parametrize("endpoints", [None, [{"conditions": {"ready": False}}]])
def test_a_name_service_that_is_away_comes_before_what_the_pods_say_of_it(endpoints: Any) -> None:
    cluster = Cluster()
    assert "name service" not in "\n".join(reported(cluster))
    cluster.name_service = [{"endpoints": endpoints}]
    assert reported(cluster)[1].startswith("  The cluster's name service (kube-dns in kube-system) has no ready pod")


def test_a_pod_whose_node_is_away_is_not_called_the_release_s_fault() -> None:
    conditions = [{"type": "ContainersReady", "status": "True"}, {"type": "Ready", "status": "False"}]
    pod = {**CRASHED, "spec": {"nodeName": "node-2"}, "status": {"conditions": conditions}}
    assert reported(Cluster(pod=pod))[1] == "  backend-green-1: its node node-2 does not answer"


def test_the_cluster_s_own_words_and_the_way_back() -> None:
    events = [
        warning("backend-green-1", "Unhealthy", "Startup probe failed:  500", minute=2),
        warning("backend-green-1", "Unhealthy", "Startup probe failed: refused"),
        warning("backend-green-0", "FailedMount", "of an earlier update", minute=-1),
        warning("backend-blue-1", "Unhealthy", "another Deployment's"),
    ]
    assert reported(Cluster(*events)) == [
        "backend-green did not get ready within 10 seconds; no traffic was switched to it, "
        "production is served by blue as before.",
        "  backend-green-1: ended with exit code 1, 2 restarts so far",
        "  Startup probe failed: 500",
        "  Look at it with: kubectl -n cadrart describe pods -l io.kompose.service=backend-green and: "
        "kubectl -n cadrart logs -l io.kompose.service=backend-green --prefix --tail=20",
        "  Fix green and run pulumi up again, or go back: pulumi config set activeColor blue && pulumi up",
    ]


def test_a_deployment_that_somebody_deleted_is_named_and_made_again() -> None:
    cluster = Cluster()
    cluster.there = deployments(Color.BLUE, Environment.PROD)
    assert reported(cluster) == [
        "Deployment backend-green is not there any more: somebody deleted it while the update ran; no traffic was "
        "switched to it, production is served by blue as before.",
        "  Run pulumi up again, which makes it again, or go back: pulumi config set activeColor blue && pulumi up",
    ]


def test_an_image_that_does_not_exist_is_named() -> None:
    assert '  backend-green-1: ImagePullBackOff: Back-off pulling image "backend:9"' in reported(
        Cluster(pod=NOT_PULLED)
    )


def test_a_release_to_staging_has_no_way_back_to_speak_of() -> None:
    assert reported(Cluster(), active=Color.BLUE)[-1] == "  Fix green and run pulumi up again"


def test_what_becomes_staging_after_a_switch_does_not_say_that_production_is_served_as_before() -> None:
    assert reported(Cluster(), active=Color.BLUE)[0].endswith(
        "no traffic was switched to it, production is served by blue."
    )


def test_a_cluster_that_does_not_answer_hides_nothing_else() -> None:
    lines = reported(NoCluster())
    assert lines[0] == "backend-green did not get ready within 10 seconds; no traffic was switched to it."
    assert lines[1] == "  the cluster could not be asked why: connection refused"


def test_what_is_found_when_everything_was_written_does_not_speak_of_proxies() -> None:
    words = Rollout(Color.GREEN, Color.BLUE, 10, Cluster(), BEGAN).report("backend-green", written=True)  # type: ignore[arg-type]
    assert words.startswith(
        "backend-green did not get ready within 10 seconds; everything was written, production is served by blue.\n"
    )


class Api:
    """Its Deployments, one list for each look."""

    def __init__(self, *looks: list[Object]) -> None:
        self._looks = list(looks)

    def objects(self, *_: Kind) -> list[Object]:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


NAMES = ["frontend-green", "backend-green"]


def test_a_deployment_may_take_its_time() -> None:
    rolling, done = (deployments(Color.GREEN, Environment.PROD, ready=ready) for ready in (0, 1))
    assert not not_rolled_out(Api(rolling, done), NAMES, wait=30)  # type: ignore[arg-type]


def test_a_deployment_that_is_late_or_missing_is_named() -> None:
    frontend = deployments(Color.GREEN, Environment.PROD)[:1]
    assert not_rolled_out(Api(frontend), NAMES, wait=0) == ["backend-green"]  # type: ignore[arg-type]
    rolling = deployments(Color.GREEN, Environment.PROD, ready=0)
    assert not_rolled_out(Api(rolling), NAMES, wait=0) == NAMES  # type: ignore[arg-type]


def test_nobody_waits_for_a_deployment_that_somebody_has_deleted() -> None:
    frontend = deployments(Color.GREEN, Environment.PROD)[:1]
    api: Any = Api(frontend)
    assert not_rolled_out(api, NAMES, wait=86_400) == missing_deployments(api, NAMES) == ["backend-green"]


def test_an_old_pod_that_still_counts_is_no_rollout() -> None:
    found = deployments(Color.GREEN, Environment.PROD)
    found[1]["status"]["replicas"] = 2
    assert not_rolled_out(Api(found), NAMES, wait=0) == [found[1]["metadata"]["name"]]  # type: ignore[arg-type]
