"""How an entry gets into the cluster: beside other writers, and never at the price of what is being done."""

from typing import Any

import pytest

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.history.entry import Job, Outcome
from cadrart_infra.history.store import Done, read_history, record, recorded
from tests.unit.history.cluster import NOW, Cluster


def put(cluster: Cluster, what: str, said: list[str] | None = None) -> None:
    kubectl: Any = cluster
    record(kubectl, Done(Job.SYNC, Outcome.DONE, 5, {"what": what}), (said if said is not None else []).append)


def whats(cluster: Any) -> list[str]:
    return [entry.what for entry in read_history(cluster).entries]


def test_the_first_entry_makes_the_history_and_an_event_names_each() -> None:
    cluster = Cluster()
    put(cluster, "first")
    put(cluster, "second")
    assert whats(cluster) == ["second", "first"]
    first, second = cluster.events
    assert (first["type"], first["reason"], second["lastTimestamp"]) == ("Normal", "Sync", "2026-01-01T10:00:00Z")
    assert first["message"].startswith("sync done (first): by ")
    assert first["involvedObject"]["name"] == "cadrart-history"
    assert first["metadata"]["name"] != second["metadata"]["name"]


@pytest.mark.parametrize("there", [True, False])
def test_what_somebody_else_writes_meanwhile_is_kept(there: bool) -> None:
    cluster = Cluster()
    if there:
        put(cluster, "before")
    cluster.meanwhile.append(lambda: put(cluster, "theirs"))
    put(cluster, "mine")
    assert whats(cluster)[:2] == ["mine", "theirs"]


def test_that_it_cannot_be_written_is_said_and_nothing_more() -> None:
    cluster, said = Cluster(), list[str]()
    cluster.refuses = ApiError(403, "configmaps is forbidden")
    put(cluster, "mine", said)
    assert said == [
        "The history (cadrart-history in namespace cadrart) lacks this sync: status 403: configmaps is forbidden"
    ]


def test_a_block_that_ends_well_is_done_with_what_came_of_it() -> None:
    cluster: Any = Cluster()
    with recorded(cluster, Job.BACKUP, "of a database", print) as work:
        work.facts = {"name": "20260101-blue"}
    entry = read_history(cluster).latest[Job.BACKUP]
    assert (entry.what, entry.facts) == ("of a database", {"name": "20260101-blue"})
    assert entry.moment <= NOW


@pytest.mark.parametrize(
    ("error", "outcome", "detail"),
    [(ValueError("no room"), Outcome.FAILED, "no room"), (KeyboardInterrupt(), Outcome.CUT_OFF, "")],
)
def test_a_block_that_does_not_end_well_says_why(error: BaseException, outcome: Outcome, detail: str) -> None:
    cluster: Any = Cluster()
    with pytest.raises(type(error)), recorded(cluster, Job.RESTORE, "of a backup", print):
        raise error
    (entry,) = read_history(cluster).entries
    assert (entry.outcome, entry.detail) == (outcome, detail)
    assert cluster.events[0]["type"] == "Warning"
