"""What the history keeps: the newest entries, and longer than they what was done last."""

import json
from datetime import timedelta
from typing import Any

import pytest

from cadrart_infra.history.entry import REPLACES, Entry, Job, Outcome
from cadrart_infra.history.history import LIMIT, History, Program, history_of
from cadrart_infra.relative_time import ago
from sandbox.paths import REPOSITORY
from tests.unit.history.cluster import NOW


def entry(job: Job = Job.SWITCH, outcome: Outcome = Outcome.DONE, **values: Any) -> Entry:
    given: dict[str, Any] = {"began": NOW.isoformat(), "seconds": 34.56, "who": "anna@laptop", **values}
    return Entry(job=job, outcome=outcome, **given)


def test_the_page_about_the_history_names_every_job() -> None:
    page = (REPOSITORY / "docs" / "operating.md").read_text().splitlines()
    (line,) = [line for line in page if line.startswith("| `job` |")]
    assert [job for job in Job if f"`{job}`" not in line] == []


def test_the_newest_fifty_stay_newest_first() -> None:
    history = History()
    for number in range(LIMIT + 3):
        history = history.with_entry(entry(what=str(number)))
    assert [one.what for one in history.entries] == [str(number) for number in reversed(range(3, LIMIT + 3))]


def test_what_was_done_last_outlives_the_entries() -> None:
    served = {"backend": "shop/backend:1", "frontend": "shop/frontend:1"}
    program = Program("a" * 40, frozenset({"b" * 12}))
    history = History().with_entry(entry(what="first", facts={"images": served}), program)
    for number in range(LIMIT):
        history = history.with_entry(entry(outcome=Outcome.FAILED, what=str(number)))
    history = History.parse(history.data())
    assert history.latest[Job.SWITCH].what == "first"
    assert history.program == program
    assert history.has_served("backend", "shop/backend:1")
    assert not history.has_served("backend", "shop/backend:2")
    assert not history.has_served("frontend", "shop/backend:1")


ONE, TWO = ({"backend": f"shop/backend:{number}"} for number in (1, 2))
LATER = (NOW + timedelta(hours=1)).isoformat()


def restore(**facts: Any) -> Entry:
    return entry(Job.RESTORE, facts=facts)


def test_what_production_ran_counts_until_a_backup_takes_its_place() -> None:
    history = History().with_entry(entry(facts={"images": ONE})).with_entry(entry(facts={"images": TWO}))
    assert history.has_run_with_database("backend", "shop/backend:2")
    assert history.with_entry(restore(result="looked at")).ran == history.ran
    history = history.with_entry(restore(**{REPLACES: True, "images": ONE}))
    history = History.parse(history.with_entry(restore(result="looked at")).data())
    assert history.restored == NOW.isoformat()
    assert (history.ran, history.served) == ((ONE,), (ONE, TWO))


def test_what_serves_a_restored_database_has_run_with_it_once_an_update_has_ended_well() -> None:
    history = History().with_entry(restore(**{REPLACES: True}))
    for outcome, ran in ((Outcome.REFUSED, ()), (Outcome.DONE, (TWO,)), (Outcome.FAILED, (ONE, TWO))):
        images = ONE if outcome is Outcome.FAILED else TWO
        history = history.with_entry(entry(Job.UPDATE, outcome, began=LATER, facts={"images": images}))
        assert history.ran == ran


def test_the_history_of_an_older_release_says_what_it_can() -> None:
    history = History().with_entry(entry(facts={"images": TWO})).with_entry(restore(**{REPLACES: True}))
    data = {key: value for key, value in history.data().items() if key != "database"}
    assert (History.parse(data).restored, History.parse(data).ran) == (NOW.isoformat(), (TWO,))


def test_it_comes_back_from_the_cluster_as_it_went_there() -> None:
    history = History().with_entry(entry(changed=("backend-blue",), detail="why\nin two lines", dirty=True))
    again = history_of([{"kind": "ConfigMap", "metadata": {"name": "cadrart-history"}, "data": history.data()}])
    assert again.data() == history.data()
    assert again.entries[0].changed == ("backend-blue",)
    assert again.entries[0].seconds == 34.6


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"entries": "no JSON\n[]\n{}\n", "latest": "[1]", "program": "null", "served": "{}"},
        {"entries": '{"job": "switch", "outcome": "done", "began": "yesterday", "seconds": 1, "who": "anna"}'},
        {"latest": '{"entries": 5}', "served": '{"images": 7}', "program": '{"ancestors": true}'},
        {"database": '{"ran": 7}'},
        {"entries": json.dumps({**entry().as_dict(), "seconds": "a while"})},
        {"entries": '{"job": "a job of a later release", "outcome": "done", "began": "2026-01-01T10:00:00+00:00"}'},
    ],
)
def test_what_nobody_understands_is_left_out(data: dict[str, str]) -> None:
    assert History.parse(data) == History()


def test_a_field_of_a_later_release_is_passed_over() -> None:
    line = json.dumps({**entry().as_dict(), "weather": "fine"})
    assert History.parse({"entries": line}).entries[0].who == "anna@laptop"


def test_a_refusal_that_comes_again_and_again_is_one_entry() -> None:
    history = History()
    for _ in range(3):
        history = history.with_entry(entry(outcome=Outcome.REFUSED, detail="no" * 1000))
        history = History.parse(history.data())
    assert [one.times for one in history.entries] == [3]
    history = history.with_entry(entry(outcome=Outcome.REFUSED, detail="for another reason"))
    assert [one.times for one in history.entries] == [1, 3]


def test_what_changed_something_is_an_entry_of_its_own() -> None:
    failed = entry(outcome=Outcome.FAILED, changed=("backend-blue",))
    assert len(History().with_entry(failed).with_entry(failed).entries) == 2
    assert len(History().with_entry(entry()).with_entry(entry()).entries) == 2


def test_a_long_text_is_cut_and_fifty_of_the_longest_entries_fit_into_one_object() -> None:
    long = entry(what="w" * 9999, detail="d" * 9999, changed=tuple(f"object-{number}" for number in range(999)))
    history = History()
    for _ in range(LIMIT):
        history = history.with_entry(long, Program("a" * 40, frozenset(f"{number:012}" for number in range(1000))))
    assert sum(map(len, history.data().values())) < 200_000


def test_the_sentence_says_who_from_where_and_how_it_ended() -> None:
    failed = entry(
        outcome=Outcome.FAILED,
        what="production blue → green",
        commit="c" * 40,
        dirty=True,
        detail="why:\n  so\nso it is",
    )
    assert failed.sentence() == (
        "switch failed (production blue → green): by anna@laptop, program cccccccccc with changes of its own, 35 s; "
        "why: so; so it is"
    )
    assert "program unknown, 35 s" in entry().sentence()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s ago"), (119, "119 s ago"), (120, "2 min ago"), (7200, "2 hours ago"), (3e5, "3 days ago")],
)
def test_ages_are_said_in_one_unit(seconds: float, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said
