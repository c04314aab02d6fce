"""Whether the cluster would make the next pod: what it is asked, and what its answers mean."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from cadrart_infra.cluster.admission import Admission
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.database_server.errors import ServerError
from cadrart_infra.database_server.pod_admission import admission_warning, ask_for_pod, require_admitted
from cadrart_infra.database_server.state import ServerState, server_of
from tests.unit.database_server.objects import deployment, replica_set, template

LIMITED = 'pods "db-1-x" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi'


@dataclass
class Answering:
    """A cluster that refuses with this, to an account that may create pods or may not."""

    error: ClusterError | None = None
    may_create: bool = True
    asked: list[dict[str, Any]] = field(default_factory=list)
    namespace: str = "cadrart"

    def refusal(self, _kind: Kind, manifest: dict[str, Any]) -> ClusterError | None:
        self.asked.append(manifest)
        if self.error and not isinstance(self.error, ApiError):
            raise self.error
        return self.error

    def review(self, reviews: str, _spec: object) -> dict[str, Any]:
        pods = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}
        deployments = {"verbs": ["create"], "apiGroups": ["apps"], "resources": ["deployments"]}
        if reviews.endswith("selfsubjectrulesreviews"):
            return {"status": {"resourceRules": [deployments, *([pods] if self.may_create else [])]}}
        return {"status": {"allowed": False}}


def running(memory: str = "1Gi", request: str = "") -> ServerState:
    """One pod of a ReplicaSet."""
    of = template(memory, request)
    metadata = {"name": "db-1-a", "ownerReferences": [{"uid": "db-1"}]}
    pod = {"kind": "Pod", "metadata": metadata, "spec": of["spec"]}
    return server_of([deployment(), replica_set("db-1", 1, 1, of), pod])


def ask(cluster: Answering, state: ServerState | None = None) -> Admission:
    return ask_for_pod(cluster, state or running(), template("2Gi", "friday"))  # type: ignore[arg-type]


def quota(requested: str, used: str, limited: str) -> ApiError:
    said = f"exceeded quota: all, requested: {requested}, used: {used}, limited: {limited}"
    return ApiError(403, f'pods "db-1-x" is forbidden: {said}')


def test_the_pod_is_asked_for_as_the_cluster_makes_it() -> None:
    cluster = Answering()
    assert ask(cluster) == Admission()
    (pod,) = cluster.asked
    assert pod["spec"] == template("2Gi")["spec"]
    assert pod["metadata"]["generateName"] == "db-1-"
    assert pod["metadata"]["labels"]["io.kompose.service"] == "db"
    assert pod["metadata"]["annotations"] == {"ateliercadrart.com/restart": "friday"}
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "db-1", "uid": "db-1", "controller": True}
    assert pod["metadata"]["ownerReferences"] == [owner]


def test_a_refusal_is_reported_in_the_api_server_s_own_words() -> None:
    assert ask(Answering(ApiError(403, LIMITED))) == Admission(refused=LIMITED)


@pytest.mark.parametrize(
    ("cluster", "says"),
    [
        (Answering(ApiError(400, 'admission webhook "a" does not support dry run')), "does not support dry run"),
        (Answering(ApiError(403, "pods is forbidden: User jo cannot create"), may_create=False), "deploy/rbac/updater"),
    ],
    ids=["a webhook", "a right"],
)
def test_what_cannot_be_asked_is_no_refusal(cluster: Answering, says: str) -> None:
    admission = ask(cluster)
    assert says in admission.unknown
    assert not admission.refused


@pytest.mark.parametrize(
    ("error", "fits"),
    [
        (quota("limits.memory=2Gi", "limits.memory=1Gi", "limits.memory=2Gi"), True),
        (quota("limits.memory=2Gi", "limits.memory=1536Mi", "limits.memory=2Gi"), False),
        (quota("limits.memory=2Gi", "limits.memory=1Gi", "limits.memory=1Gi"), False),
        (quota("count/pods=1,limits.cpu=100m", "count/pods=9,limits.cpu=1", "count/pods=9,limits.cpu=1"), True),
        (quota("pods=1", "pods=10", "pods=9"), False),
    ],
    ids=["the former pod makes room", "others have it", "it alone is too large", "two kinds", "too many pods"],
)
def test_a_quota_counts_without_the_pod_that_goes_first(error: ApiError, fits: bool) -> None:
    assert ask(Answering(error)) == Admission(refused="" if fits else error.said)


def test_an_error_says_what_goes_on_and_how_the_restart_is_taken_back() -> None:
    def text(state: ServerState) -> str:
        with pytest.raises(ServerError) as error:
            require_admitted(Admission(refused=LIMITED), state, print)
        return str(error.value)

    said = text(running(request="monday"))
    assert f"would refuse its new pod: {LIMITED}\n  Production goes on with the pod that runs, untouched." in said
    assert said.endswith("pulumi config set --path database.restart monday")
    assert "  Nothing was changed. " in text(server_of([deployment(), replica_set("db-1", 1, 1)]))


def test_a_preview_says_it_before() -> None:
    def reported(error: ClusterError | None) -> str:
        return admission_warning(Answering(error), running(), template())  # type: ignore[arg-type]

    assert reported(None) == ""
    assert reported(ApiError(403, LIMITED)).endswith(f"before the restart. It says: {LIMITED}")
    assert reported(ClusterError("no answer within 30 s")).endswith("could not be asked: no answer within 30 s")
