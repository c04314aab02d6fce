"""The server whose Deployment is deleted while an update runs: made again with what ran, once its pods have ended."""

import json
from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.database_server import recreation
from cadrart_infra.database_server.recreation import recreate_server
from cadrart_infra.database_server.state import WantedServer
from tests.unit.database_server.objects import deployment, replica_set, template

Object = dict[str, Any]
WANTED = WantedServer("", 60, {})


def pod(owner: str) -> Object:
    labels = naming.DATABASE_LABELS
    return {
        "kind": "Pod",
        "metadata": {"name": "db-1-a", "uid": "a", "labels": labels, "ownerReferences": [{"uid": owner}]},
    }


class Cluster:
    """Has no Deployment any more; what is left of it are these objects, in one look after the other."""

    def __init__(self, *looks: list[Object]) -> None:
        self.looks, self.applied = list(looks), list[Object]()

    def objects(self, *kinds: Kind, selector: str = "", fields: str = "") -> list[Object]:
        if fields:
            return []  # the Deployment by its name
        left, asks_for_pods = self.looks[0], len(kinds) == 1
        if asks_for_pods and len(self.looks) > 1:
            self.looks.pop(0)
        return [one for one in left if one["kind"] in {kind.name for kind in kinds}]

    def apply(self, manifest: Object, *, manager: str) -> None:
        assert len(self.looks) == 1, "its pods have not ended"
        self.applied.append(json.loads(json.dumps(manifest)))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[WantedServer]:
    found: list[WantedServer] = []

    class Restart:
        def __init__(self, _control: Any, wanted: WantedServer, _say: Any) -> None:
            self.run = lambda: found.append(wanted)

    monkeypatch.setattr(recreation, "Restart", Restart)
    monkeypatch.setattr(recreation, "_PAUSE", 0)
    return found


def test_it_is_made_of_what_ran_when_its_pods_have_ended(started: list[WantedServer]) -> None:
    ran, waits = template("1Gi"), template("2Gi")
    seen = {**deployment(), "spec": {"replicas": 1, "paused": True, "template": waits}}
    cluster = Cluster([replica_set("db-1", 1, 1, ran, owner="gone"), pod("db-1")], [pod("db-1")], [])
    recreate_server(cluster, seen, ran, WANTED, print)  # type: ignore[arg-type]
    (made,) = cluster.applied
    labels = {"io.kompose.service": "db"}
    assert made["spec"] == {"replicas": 1, "paused": True, "template": {**ran, "metadata": {"labels": labels}}}
    assert started == [WANTED]


def test_a_pod_that_was_left_alone_is_not_waited_for(started: list[WantedServer]) -> None:
    ran = template("1Gi")
    cluster = Cluster([replica_set("db-1", 1, 1, ran, owner=""), pod("db-1")])
    recreate_server(cluster, deployment(), ran, WANTED, print)  # type: ignore[arg-type]
    assert (len(cluster.applied), started) == (1, [WANTED])
