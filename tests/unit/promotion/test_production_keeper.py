"""What serves production and is deleted in the middle of an update."""

from collections.abc import Mapping
from typing import Any

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.database_server.errors import ServerError
from cadrart_infra.promotion import production_keeper
from cadrart_infra.promotion.production_keeper import ProductionKeeper
from tests.unit.cluster_objects import Object

WRITER = "pulumi-kubernetes-1a2b"


def item(kind: str, name: str, **metadata: Any) -> Object:
    managed = [{"manager": WRITER, "operation": "Apply", "fieldsV1": {}}]
    annotations = {"ateliercadrart.com/turned-at": "then", "note": "theirs"}
    of = {"name": name, "namespace": "cadrart", "uid": "1", "annotations": annotations, "managedFields": managed}
    return {"kind": kind, "metadata": {**of, **metadata}, "spec": {"selector": {"color": "blue"}}, "status": {}}


class Cluster:
    """Has these objects, and takes what is made again or refuses it."""

    namespace = "cadrart"

    def __init__(self, *found: Object, error: str = "") -> None:
        self.found, self.error, self.made = list(found), error, list[tuple[Object, str]]()

    def objects(self, *kinds: Kind, timeout: float = 30) -> list[Object]:
        return [one for one in self.found if one["kind"] in {kind.name for kind in kinds}]

    def apply(self, manifest: Object, *, manager: str) -> None:
        if self.error:
            raise ClusterError(self.error)
        self.made.append((manifest, manager))
        self.found.append(manifest)


PROXY, BLUE = item("Service", "backend-prod-proxy"), item("Deployment", "backend-blue")


def keeping(cluster: Cluster) -> tuple[ProductionKeeper, list[str]]:
    reported: list[str] = []
    keys = ["service/backend-prod-proxy", "deployment/backend-blue", "deployment/backend-green"]
    return ProductionKeeper(cluster, keys, [PROXY, BLUE], reported.append), reported  # type: ignore[arg-type]


def test_what_is_there_is_left_alone() -> None:
    found, reported = keeping(cluster := Cluster(PROXY, BLUE))
    found.check()
    assert (cluster.made, reported, found.problems()) == ([], [], [])


def test_what_is_gone_is_made_again_as_the_provider_wrote_it_and_reported() -> None:
    found, reported = keeping(cluster := Cluster(BLUE))
    found.check()
    found.check()
    ((made, writer),) = cluster.made
    assert writer == WRITER
    assert (made["apiVersion"], made["spec"]) == ("v1", PROXY["spec"])
    assert made["metadata"]["annotations"] == {"ateliercadrart.com/turned-at": "then"}
    assert reported == ["service/backend-prod-proxy was deleted while the update ran; it was made again as it was."]
    assert found.problems() == []


def test_what_the_cluster_alone_does_not_start_is_made_by_its_own_maker() -> None:
    server, started, reported = item("Deployment", "db"), list[Any](), list[str]()
    cluster = Cluster()

    def start(seen: Mapping[str, Any]) -> None:
        if not started:
            started.append(seen)
            raise ServerError("it does not start")
        cluster.found.append(dict(seen))

    makers = {"deployment/db": start}
    found = ProductionKeeper(cluster, [*makers], [server], reported.append, makers)  # type: ignore[arg-type]
    found.check()
    assert found.problems() == [
        "deployment/db was deleted while the update ran, and cannot be made again: it does not start"
    ]
    found.check()
    assert found.problems() == []
    assert reported[1:] == ["deployment/db was deleted while the update ran; it was made again as it was."]
    assert (started, cluster.made) == ([server], [])


def test_what_the_update_has_made_is_kept_as_it_was_seen_last() -> None:
    found, reported = keeping(cluster := Cluster(PROXY, BLUE))
    found.check()
    assert reported == []
    green = item("Deployment", "backend-green")
    cluster.found.append(green)
    found.check()
    cluster.found.remove(green)
    found.check()
    assert [made["metadata"]["name"] for made, _ in cluster.made] == ["backend-green"]


def test_what_cannot_be_made_again_is_reported_once_and_remembered() -> None:
    found, reported = keeping(cluster := Cluster(PROXY, error="denied by a webhook"))
    found.check()
    found.check()
    assert reported == found.problems()
    assert reported == [
        "deployment/backend-blue was deleted while the update ran, and cannot be made again: denied by a webhook"
    ]
    cluster.error = ""
    found.check()
    assert found.problems() == []


def test_what_a_finalizer_holds_is_reported_with_what_lets_it_go() -> None:
    ending = item("Service", "backend-prod-proxy", deletionTimestamp="2026-01-01T10:00:00Z", finalizers=["a.com/b"])
    found, reported = keeping(Cluster(ending, BLUE))
    found.check()
    assert "Let it go: kubectl -n cadrart patch service backend-prod-proxy" in reported[0]
    assert found.problems() == reported


def test_a_cluster_that_does_not_answer_has_lost_nothing(monkeypatch: Any) -> None:
    found, reported = keeping(cluster := Cluster())

    def no_answer(*_: Kind, **__: Any) -> list[Object]:
        raise ClusterError("no answer")

    monkeypatch.setattr(cluster, "objects", no_answer)
    found.check()
    assert (cluster.made, reported) == ([], [])


def test_it_looks_until_it_is_ended(monkeypatch: Any) -> None:
    monkeypatch.setattr(production_keeper, "_EVERY", 0.0)
    found, _ = keeping(cluster := Cluster(BLUE))
    found.start()
    found.start()
    while not cluster.made:
        pass
    found.stop()
    cluster.found.clear()
    assert len(cluster.made) == 1
