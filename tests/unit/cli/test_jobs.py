"""What each daily job sets, and what it refuses before anything is changed."""

from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.cli import jobs
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.live import Live, read_live
from cadrart_infra.model import Color, Environment
from tests.unit.cluster_objects import FixedKubectl, deployments, routed
from tests.unit.program import images, settings

DIGEST = f"sha256:{'a' * 64}"


def live(production: Color, **selectors: Any) -> Live:
    objects = [
        *routed(production, **selectors),
        *deployments(production, Environment.PROD, "1.0.0"),
        *deployments(production.other, Environment.STG, "1.0.0"),
    ]
    return read_live(FixedKubectl(objects))  # type: ignore[arg-type]


BLUE, GREEN = live(Color.BLUE), live(Color.GREEN)


def test_a_release_goes_to_the_colour_that_is_staging_and_leads_back_to_the_image_before() -> None:
    job = jobs.release(settings("green"), GREEN, "backend", "1.5.0")
    assert job.changes == {"images.blue.backend": "shop/backend:1.5.0"}
    assert (job.expect, job.back) == ("release", "cadrart release backend shop/backend:1.0.0")


@pytest.mark.parametrize(
    ("version", "image"),
    [
        ("1.5.0", "shop/backend:1.5.0"),
        (f"1.5.0@{DIGEST}", f"shop/backend:1.5.0@{DIGEST}"),
        (f"@{DIGEST}", f"shop/backend@{DIGEST}"),
        (DIGEST, f"shop/backend@{DIGEST}"),
        ("other/backend:2", "other/backend:2"),
        ("backend:2", "backend:2"),
        (f"backend:2@{DIGEST}", f"backend:2@{DIGEST}"),
    ],
)
def test_a_version_is_distinguished_from_an_image_s_whole_name(version: str, image: str) -> None:
    """The way back of a release names the image before whole, also one of no registry and no owner."""
    assert jobs.release(settings("green"), GREEN, "backend", version).changes == {"images.blue.backend": image}
    assert jobs.is_image(version) is (not image.startswith("shop/"))


def test_a_release_that_runs_already_is_no_way_back_to_itself() -> None:
    job = jobs.release(settings("green"), GREEN, "backend", "1.0.0")
    assert (job.back, job.reading) == ("", "blue runs shop/backend:1.0.0 already.")


def test_the_way_back_is_what_runs_whatever_the_settings_say() -> None:
    edited = images() | {"blue": {"frontend": "shop/frontend:1.0.0", "backend": "shop/backend:1.9.9"}}
    job = jobs.release(settings("green", images=edited), GREEN, "backend", "1.5.0")
    assert job.back == "cadrart release backend shop/backend:1.0.0"


def test_no_way_leads_back_to_a_release_that_never_got_ready() -> None:
    waiting = read_live(
        FixedKubectl(  # type: ignore[arg-type]
            [
                *routed(Color.GREEN),
                *deployments(Color.GREEN, Environment.PROD, "1.0.0"),
                *deployments(Color.BLUE, Environment.STG, "9.9.9", ready=0),
            ]
        )
    )
    assert jobs.release(settings("green"), waiting, "backend", "1.5.0").back == ""


@pytest.mark.parametrize(
    ("now", "version", "image"),
    [
        ("shop/backend:1.0.0", "1.5.0", "shop/backend:1.5.0"),
        ("registry:5000/shop/backend:1.0.0", "1.5.0", "registry:5000/shop/backend:1.5.0"),
        (f"shop/backend@sha256:{'0' * 64}", "1.5.0", "shop/backend:1.5.0"),
        ("shop/backend:1.0.0", f"@sha256:{'0' * 64}", f"shop/backend@sha256:{'0' * 64}"),
        ("shop/backend:1.0.0", "other/backend:2", "other/backend:2"),
    ],
)
def test_a_version_replaces_the_image_s_own(now: str, version: str, image: str) -> None:
    both = {**images(), "green": {**images()["green"], "backend": now}}
    assert (
        jobs.release(settings("blue", images=both), BLUE, "backend", version).changes["images.green.backend"] == image
    )


@pytest.mark.parametrize(
    ("workload", "version"), [("database", "1.5.0"), ("backend", "latest"), ("backend", ""), ("backend", "1.5.0 ")]
)
def test_what_is_no_workload_and_what_is_no_version_is_refused(workload: str, version: str) -> None:
    with pytest.raises(jobs.JobError, match="nothing was changed"):
        jobs.release(settings("blue"), BLUE, workload, version)


def test_a_release_is_done_when_the_cluster_has_its_image() -> None:
    assert not jobs.release(settings("blue"), BLUE, "backend", "1.5.0").is_done(BLUE)
    assert jobs.release(settings("blue"), BLUE, "backend", "1.0.0").is_done(BLUE)


@pytest.mark.parametrize("target", ["", "green"])
def test_a_switch_turns_to_staging_s_colour(target: str) -> None:
    job = jobs.switch(settings("blue"), BLUE, target, "blue")
    assert (job.changes, job.expect, job.back) == ({"activeColor": "green"}, "switch", "cadrart rollback")
    assert job.is_done(GREEN)
    assert not job.is_done(BLUE)


@pytest.mark.parametrize(("target", "leaves"), [("blue", ""), ("green", "green")])
def test_a_switch_to_where_production_is_or_from_where_it_is_not_is_refused(target: str, leaves: str) -> None:
    with pytest.raises(jobs.JobError, match="nothing was changed"):
        jobs.switch(settings("blue"), BLUE, target, leaves)


def test_a_stale_checkout_never_turns_production() -> None:
    stale, said = settings("blue"), "activeColor is blue in this checkout, but green serves production"
    with pytest.raises(jobs.JobError, match=said):
        jobs.release(stale, GREEN, "backend", "1.5.0")
    with pytest.raises(jobs.JobError, match=said):
        jobs.switch(stale, GREEN, "", "")
    with pytest.raises(jobs.JobError, match=said):
        jobs.sync(stale, GREEN, "now", previous=False)


def rollback(active: str, live: Live, history: History | None = None) -> jobs.Job:
    return jobs.rollback(settings(active), live, history or History())


def test_a_rollback_turns_back_or_puts_a_failed_switch_right() -> None:
    assert rollback("green", GREEN).changes == {"activeColor": "blue"}
    assert rollback("green", GREEN).expect == "switch"
    failed = rollback("green", BLUE)
    assert (failed.changes, failed.expect) == ({"activeColor": "blue"}, "")


def bound_to_production(rolled_at: str) -> Live:
    """Blue serves production since ten o'clock, and green's pods for production were made at another time."""
    green = deployments(Color.GREEN, Environment.PROD, "1.0.0")
    for deployment in green:
        deployment["metadata"]["annotations"] = {naming.TURNED_AT: "after 8053ac5b-3"}
        deployment["status"]["conditions"] = [{"type": "Progressing", "lastUpdateTime": rolled_at}]
    objects = [*routed(Color.BLUE), *deployments(Color.BLUE, Environment.PROD, "1.0.0"), *green]
    return read_live(FixedKubectl(objects))  # type: ignore[arg-type]


def test_a_switch_that_stopped_half_way_is_undone_and_never_completed_by_a_rollback() -> None:
    job = rollback("blue", bound_to_production("2026-01-01T11:00:00Z"))
    assert (job.changes, job.expect) == ({"activeColor": "blue"}, "")
    assert "taken for a switch that stopped half-way: blue goes on serving production" in job.reading
    assert "cadrart switch green --from blue" in job.reading


def test_a_warm_standby_is_where_a_rollback_leads() -> None:
    job = rollback("blue", bound_to_production("2026-01-01T09:00:00Z"))
    assert (job.changes, job.expect, job.reading) == ({"activeColor": "green"}, "switch", "")


def entry(began: str, color: str, release: str, **values: Any) -> Entry:
    """An update of a minute, after which a colour served production with a release."""
    facts = {"production": color, "images": {name: f"shop/{name}:{release}" for name in ("frontend", "backend")}}
    values = {"job": Job.UPDATE, "outcome": Outcome.DONE, "who": "me", **values}
    return Entry(began=began, seconds=60, facts=facts, **values)


def reported(*entries: Entry) -> History:
    """The oldest first."""
    history = History()
    for one in entries:
        history = history.with_entry(one)
    return history


@pytest.mark.parametrize(
    ("rolled_at", "last", "served", "leads_to"),
    [
        ("2026-01-01T11:00:30Z", Outcome.DONE, "1.0.0", "green"),  # other Secrets, for instance
        ("2026-01-01T11:01:01Z", Outcome.DONE, "1.0.0", "green"),  # in its last second, which the entry's times cut off
        ("2026-01-01T11:01:05Z", Outcome.DONE, "1.0.0", "blue"),  # a switch after it, of which nobody wrote an entry
        ("2026-01-01T11:00:30Z", Outcome.FAILED, "1.0.0", "blue"),
        ("2026-01-01T11:00:30Z", Outcome.CUT_OFF, "1.0.0", "blue"),
        ("2026-01-01T11:00:30Z", Outcome.DONE, "0.9.0", "blue"),  # kept as it was left by a switch to a new release
    ],
)
def test_pods_that_an_update_exchanged_while_they_stood_by_are_no_switch_that_stopped_half_way(
    rolled_at: str, last: Outcome, served: str, leads_to: str
) -> None:
    history = reported(
        entry("2026-01-01T08:00:00+00:00", "green", served),
        entry("2026-01-01T10:00:00+00:00", "blue", "0.8.0", job=Job.SWITCH),
        entry("2026-01-01T11:00:00+00:00", "blue", "0.8.0", outcome=last),
    )
    job = rollback("blue", bound_to_production(rolled_at), history)
    assert job.changes == {"activeColor": leads_to}
    assert bool(job.reading) == (leads_to == "blue")


def test_a_colour_with_a_release_since_it_served_production_is_no_way_back() -> None:
    served = entry("2026-01-01T08:00:00+00:00", "blue", "0.9.0")
    switched = entry("2026-01-01T10:00:00+00:00", "green", "0.8.0", job=Job.SWITCH)
    with pytest.raises(jobs.JobError) as refused:
        rollback("green", GREEN, reported(served, switched))
    assert "it got shop/frontend:1.0.0 and shop/backend:1.0.0, which production never ran" in str(refused.value)
    back = "cadrart release frontend shop/frontend:0.9.0 && cadrart release backend shop/backend:0.9.0 && "
    assert f"To go back: {back}cadrart switch blue --from green\n" in str(refused.value)
    assert "what blue runs now: cadrart switch blue --from green" in str(refused.value)


def test_a_colour_of_which_nothing_is_known_and_one_with_an_older_release_are_ways_back() -> None:
    older = entry("2026-01-01T07:00:00+00:00", "green", "1.0.0")
    served = entry("2026-01-01T08:00:00+00:00", "blue", "0.9.0")
    switched = entry("2026-01-01T10:00:00+00:00", "green", "0.8.0", job=Job.SWITCH)
    for history in (reported(switched), reported(older, served, switched)):
        assert rollback("green", GREEN, history).changes == {"activeColor": "blue"}


def test_a_shop_that_never_switched_has_no_way_back() -> None:
    installed = entry("2026-01-01T08:00:00+00:00", "blue", "1.0.0", job=Job.FIRST_INSTALL)
    failed = entry("2026-01-01T10:00:00+00:00", "blue", "1.0.0", job=Job.SWITCH, outcome=Outcome.FAILED)
    with pytest.raises(jobs.JobError, match="no colour to go back to; nothing was changed") as refused:
        rollback("blue", BLUE, reported(installed, failed))
    assert str(refused.value).endswith("cadrart switch green --from blue")
    assert rollback("green", GREEN, reported(installed, failed)).changes == {"activeColor": "blue"}
    switched = entry("2026-01-01T09:00:00+00:00", "green", "1.0.0", job=Job.SWITCH)
    assert rollback("blue", BLUE, reported(installed, switched, failed)).changes == {"activeColor": "green"}


def test_proxies_that_disagree_are_put_right_first() -> None:
    mixed = live(Color.BLUE, backend_prod_proxy={"io.kompose.service": "backend-green"})
    with pytest.raises(jobs.JobError, match=r"right first: pulumi up leads them to blue, the activeColor"):
        rollback("blue", mixed)
    with pytest.raises(jobs.JobError, match="do not lead to one colour"):
        jobs.release(settings("blue"), mixed, "backend", "1.5.0")


def test_a_sync_asks_with_a_new_value() -> None:
    assert jobs.sync(settings("blue"), BLUE, "noon", previous=False).changes == {"sync.request": "noon"}
    assert jobs.sync(settings("blue"), BLUE, "noon", previous=True).changes == {"sync.restorePrevious": "noon"}
