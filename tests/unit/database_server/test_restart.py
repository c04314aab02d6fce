"""A restart that is killed at each of its steps, on a cluster that does to a held Deployment what Kubernetes does."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra.cluster.admission import Admission
from cadrart_infra.database_server.errors import NoAnswer, ServerError
from cadrart_infra.database_server.restart import Restart
from cadrart_infra.database_server.state import Journal, Phase, ServerState, WantedServer, server_of
from tests.unit.database_server.objects import deployment, refused, replica_set, template

SETTINGS = {"max_connections": "200"}


class Killed(BaseException):
    """SIGKILL: nothing of the program runs after it."""


class Cluster:
    """The Deployment, its ReplicaSets and what runs; `answering`: the names of those whose pods answer."""

    def __init__(self, *, answering: set[str], running: str = "db-1") -> None:
        self.answering, self.kill_before = answering, -1
        self.journal, self.paused, self.settings = "", True, dict[str, str]()
        self.replica_sets = {running: 1} if running else {}
        self.interruptions = 0
        self.refusing, self.unknown = set[str](), ""
        self.placement = Admission()
        self.said = list[str]()

    def read(self) -> ServerState:
        state = [deployment(self.journal, paused=self.paused)]
        state[0]["spec"]["replicas"] = int(any(self.replica_sets.values()) or not self.replica_sets)
        for revision, (name, replicas) in enumerate(self.replica_sets.items(), 1):
            request = "friday" if name == "db-2" else ""
            status = refused() if replicas and name in self.refusing else {}
            state.append({**replica_set(name, revision, replicas, template(request=request)), **status})
        kept = {"kind": "ConfigMap", "metadata": {"name": "db-settings"}, "data": self.settings}
        return server_of([*state, kept])

    def note(self, journal: Journal) -> None:
        self._step()
        self.journal = journal.as_text()

    def release(self) -> None:
        self._step()
        self.paused = False
        if not self.replica_sets.get("db-2"):
            self.interruptions += 1
        self.replica_sets = {**{name: 0 for name in self.replica_sets if name != "db-2"}, "db-2": 1}

    def hold(self) -> None:
        self._step()
        self.paused = True

    def ask_for_pod(self, _state: ServerState) -> Admission:
        return Admission("maximum memory is 512Mi" if "db-2" in self.refusing else "", self.unknown)

    def ask_for_node(self, _state: ServerState) -> Admission:
        return self.placement

    def make_pod_again(self) -> None:
        self._step()
        if not any(self.replica_sets.values()):
            self.replica_sets[list(self.replica_sets)[-1]] = 1

    def remove(self, name: str) -> None:
        self._step()
        assert self.paused, "the cluster would make it again at once"
        del self.replica_sets[name]
        if not any(self.replica_sets.values()):
            self.replica_sets[list(self.replica_sets)[-1]] = 1

    def wait_for_answer(self, _counts: Callable[[ServerState, Any], bool], _seconds: float, _hope: float = 0) -> None:
        self._step()
        running = {name for name, replicas in self.replica_sets.items() if replicas}
        if not running & self.answering - self.refusing:
            raise NoAnswer(["OOMKilled"])

    def wait_for_start(self, seconds: float) -> None:
        self.wait_for_answer(lambda _state, _pod: True, seconds)

    def upgrade_tables(self) -> None:
        self._step()

    def keep_settings(self, _state: ServerState, data: Mapping[str, str]) -> None:
        self._step()
        self.settings = dict(data)

    def root(self) -> "Cluster":
        return self

    def run(self, *_statements: str) -> list[list[str]]:
        return []

    def _step(self) -> None:
        self.kill_before -= 1
        if self.kill_before == -1:
            raise Killed


def update(cluster: Cluster, restart: str, settings: Mapping[str, str] | None = None) -> str:
    """What an update says when it fails; empty where it does not."""
    try:
        Restart(cluster, WantedServer(restart, 300, settings or {}), cluster.said.append).run()  # type: ignore[arg-type]
    except ServerError as error:
        return str(error)
    return ""


def killed_at_every_step(make: Callable[[], Cluster], restart: str) -> list[Cluster]:
    """The clusters after an update that was killed before its first step, its second, and so on."""
    clusters = []
    for step in itertools.count():
        cluster = make()
        cluster.kill_before = step
        try:
            update(cluster, restart, SETTINGS)
        except Killed:
            clusters.append(cluster)
        else:
            assert clusters, "the update had no step before which it could be killed"
            return clusters
    raise AssertionError("unreachable")


def test_a_restart_that_was_killed_is_ended_by_the_next_update_with_the_same_request() -> None:
    clusters = killed_at_every_step(lambda: Cluster(answering={"db-1", "db-2"}), "friday")
    assert len(clusters) > 5
    for cluster in clusters:
        assert update(cluster, "friday", SETTINGS) == ""
        assert (cluster.replica_sets["db-2"], cluster.paused, cluster.interruptions) == (1, True, 1)
        assert cluster.read().journal.phase is Phase.NONE
        assert cluster.settings["cadrart.cnf"].endswith("max_connections = 200\n")
        assert "before" not in cluster.settings


def test_a_restart_that_was_killed_between_two_pods_goes_on() -> None:
    cluster = Cluster(answering={"db-1", "db-2"})
    cluster.replica_sets = {"db-1": 0, "db-2": 0}
    cluster.journal = Journal(Phase.RESTARTING, "friday", "db-1").as_text()
    assert update(cluster, "friday") == ""
    assert (cluster.replica_sets, cluster.paused) == ({"db-1": 0, "db-2": 1}, True)


def test_a_restart_that_fails_is_taken_back_wherever_it_was_killed() -> None:
    clusters = killed_at_every_step(lambda: Cluster(answering={"db-1"}), "friday")
    assert len(clusters) > 8
    for cluster in clusters:
        said = update(cluster, "friday", {})
        if said:
            assert "what ran before was started again, and answers" in said
        assert (cluster.replica_sets, cluster.paused) == ({"db-1": 1}, True)
        assert cluster.read().journal == Journal(Phase.FAILED, "friday", "db-1")
        assert "before" not in cluster.settings
        interruptions = cluster.interruptions
        assert update(cluster, "friday") == ""
        assert (cluster.replica_sets, cluster.interruptions) == ({"db-1": 1}, interruptions)


def test_nothing_is_removed_where_what_ran_before_is_gone() -> None:
    cluster = Cluster(answering=set())
    cluster.replica_sets = {"db-2": 1}
    cluster.journal = Journal(Phase.UNDOING, "friday", "db-1").as_text()
    assert "the ReplicaSet db-1 was removed by somebody else" in update(cluster, "friday")
    assert cluster.replica_sets == {"db-2": 1}


def test_what_failed_before_does_not_come_to_life_when_somebody_scales_the_server() -> None:
    cluster = Cluster(answering={"db-1"})
    update(cluster, "friday")
    cluster.replica_sets["db-1"] = 0
    for _ in range(2):
        assert update(cluster, "friday") == ""
        assert (cluster.replica_sets, cluster.interruptions) == ({"db-1": 1}, 1)


def test_a_first_start_that_was_killed_is_started_again() -> None:
    for cluster in killed_at_every_step(lambda: Cluster(answering={"db-2"}, running=""), ""):
        assert update(cluster, "", SETTINGS) == ""
        assert (cluster.replica_sets, cluster.paused) == ({"db-2": 1}, True)


def test_a_first_start_that_fails_is_said_and_may_be_corrected() -> None:
    cluster = Cluster(answering=set(), running="")
    assert "does not start" in update(cluster, "")
    cluster.answering = {"db-2"}
    assert update(cluster, "") == ""


def test_without_a_request_nothing_is_touched() -> None:
    cluster = Cluster(answering={"db-1"})
    cluster.kill_before = 0
    assert update(cluster, "") == ""


@pytest.mark.parametrize("restart", ["", "saturday"])
def test_a_killed_restart_whose_request_was_taken_back_leaves_a_server_that_answers(restart: str) -> None:
    for cluster in killed_at_every_step(lambda: Cluster(answering={"db-1", "db-2"}), "friday"):
        assert update(cluster, restart) == ""
        assert cluster.paused
        assert list(cluster.replica_sets.values()).count(1) == 1
        assert cluster.read().journal.phase is Phase.NONE


class Upgrading(Cluster):
    """The Deployment wants another image than what runs."""

    def read(self) -> ServerState:
        state = super().read()
        assert state.deployment is not None
        wanted = {**state.deployment["spec"], "template": template(image="mysql:8.4")}
        return replace(state, deployment={**state.deployment, "spec": wanted})


def test_files_that_a_failed_upgrade_has_converted_have_a_way_back_that_is_said() -> None:
    said = update(Upgrading(answering=set()), "friday")
    assert "mysql:8.4 may have converted the data files, and mysql:8.0 does not start on such files" in said
    assert "    python -m cadrart_infra.database_server new-files\n" in said
    assert "converted" not in update(Upgrading(answering={"db-1"}), "friday")


def test_a_restart_without_another_image_converts_nothing() -> None:
    cluster = Cluster(answering=set())
    assert "what ran before does not answer either" in update(cluster, "friday")
    assert "converted" not in update(cluster, "friday")


def test_a_restart_whose_pod_would_be_refused_touches_nothing() -> None:
    cluster = Cluster(answering={"db-1", "db-2"})
    cluster.refusing, cluster.kill_before = {"db-2"}, 0
    said = update(cluster, "friday", SETTINGS)
    assert "the cluster would refuse its new pod: maximum memory is 512Mi\n" in said
    assert said.endswith("take the restart back: pulumi config rm --path database.restart")
    cluster.refusing, cluster.kill_before = set(), -1
    assert update(cluster, "friday", SETTINGS) == ""
    assert cluster.replica_sets["db-2"] == 1


def test_a_restart_that_was_killed_before_it_touched_anything_asks_again() -> None:
    cluster = Cluster(answering={"db-1", "db-2"})
    cluster.journal = Journal(Phase.RESTARTING, "friday", "db-1").as_text()
    cluster.refusing, cluster.kill_before = {"db-2"}, 0
    assert "the cluster would refuse its new pod" in update(cluster, "friday")


def test_a_pod_that_no_node_would_take_is_not_made() -> None:
    cluster = Cluster(answering={"db-1", "db-2"})
    cluster.placement = Admission("0/1 nodes are available: 1 node(s) were unschedulable.")
    said = update(cluster, "friday")
    assert "no node would take its new pod: 0/1 nodes are available: 1 node(s) were unschedulable.\n" in said
    assert "pulumi config rm --path database.restart" in said
    assert (cluster.interruptions, cluster.journal) == (0, "")


def test_where_no_node_can_be_asked_the_server_restarts_and_it_is_said() -> None:
    cluster = Cluster(answering={"db-2"})
    cluster.placement = Admission(unknown="the cluster makes no pod for it")
    assert update(cluster, "friday") == ""
    assert cluster.said[0].endswith("could not be tried: the cluster makes no pod for it")


def test_where_nobody_knows_the_server_restarts_and_it_is_said() -> None:
    cluster = Cluster(answering={"db-2"})
    cluster.unknown = "a webhook does not support dry run"
    assert update(cluster, "friday") == ""
    assert cluster.said[0].endswith("could not be asked: a webhook does not support dry run")


class Refusing(Cluster):
    """A policy that comes between the question and the pod."""

    def ask_for_pod(self, _state: ServerState) -> Admission:
        return Admission()


def test_a_pod_that_is_refused_all_the_same_is_taken_back() -> None:
    cluster = Refusing(answering={"db-1", "db-2"})
    cluster.refusing = {"db-2"}
    assert "what ran before was started again, and answers" in update(cluster, "friday")
    assert cluster.replica_sets == {"db-1": 1}


@pytest.mark.parametrize("restart", ["friday", ""])
def test_where_what_ran_before_is_refused_as_well_the_next_update_has_the_cluster_try_at_once(restart: str) -> None:
    cluster = Refusing(answering={"db-1", "db-2"})
    cluster.refusing = {"db-1", "db-2"}
    assert "what ran before does not answer either" in update(cluster, "friday")
    cluster.refusing = set()
    cluster.answering = {"db-1"}
    update(cluster, restart)
    assert cluster.replica_sets == {"db-1": 1}
    assert cluster.read().journal == Journal(Phase.FAILED, "friday", "db-1")


def test_a_pod_that_was_evicted_and_is_refused_is_made_by_the_next_update() -> None:
    tried = []

    class Repaired(Cluster):
        def make_pod_again(self) -> None:
            tried.append("again")
            self.refusing = set()

    cluster = Repaired(answering={"db-1"})
    cluster.refusing = {"db-1"}
    assert update(cluster, "") == ""
    assert tried == ["again"]
    assert cluster.paused
