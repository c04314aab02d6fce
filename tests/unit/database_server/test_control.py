"""How long a pod is waited for that the cluster refuses to make, by a clock of the test's own."""

import itertools
from collections.abc import Iterator

import pytest

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.control import Control
from cadrart_infra.database_server.errors import NoAnswer
from cadrart_infra.database_server.state import ServerState, server_of
from tests.unit.database_server.objects import deployment, refused, replica_set

REFUSED = server_of([deployment(), {**replica_set("db-2", 2, 1), **refused()}])
COMING = server_of([deployment(), replica_set("db-2", 2, 1)])


class Watched(Control):
    """A cluster that is seen so, one second after the other."""

    def __init__(self, states: Iterator[ServerState]) -> None:
        super().__init__(Kubectl("cadrart"))
        self._states, self.seconds = states, 0.0

    def read(self) -> ServerState:
        self.seconds += 1
        return next(self._states)


def waited(monkeypatch: pytest.MonkeyPatch, states: Iterator[ServerState], hope: float = 0) -> tuple[float, list[str]]:
    """After how many seconds it gave up, and what it said then."""
    watched = Watched(states)
    monkeypatch.setattr("time.monotonic", lambda: watched.seconds)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("cadrart_infra.cluster.secrets.values", lambda *_: {})
    with pytest.raises(NoAnswer) as error:
        watched.wait_for_answer(lambda _state, _pod: True, 600, hope)
    return watched.seconds, error.value.said


def test_a_pod_that_is_refused_is_given_up_after_seconds_with_the_cluster_s_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds, said = waited(monkeypatch, itertools.repeat(REFUSED))
    assert 12 <= seconds <= 14
    (line,) = said
    assert line.endswith('refuses to make a pod for it: pods "db-1-x" is forbidden: maximum memory is 512Mi')


def test_where_nothing_is_to_go_back_to_it_is_waited_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 60 <= waited(monkeypatch, itertools.repeat(REFUSED), hope=60)[0] <= 62


def test_a_refusal_that_passes_begins_no_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    states = itertools.chain(itertools.repeat(REFUSED, 10), itertools.repeat(COMING))
    assert waited(monkeypatch, states)[0] > 600
