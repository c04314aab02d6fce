"""What a preview says of an update."""

from dataclasses import replace
from datetime import timedelta

from cadrart_infra import naming
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.model import Color
from cadrart_infra.promotion.announcement import announcement
from cadrart_infra.relative_time import ago
from tests.unit.cluster_objects import routed
from tests.unit.plans import BLUE_IS_PRODUCTION, NOW, former, live, plan, served

BLUE_SERVES = live(BLUE_IS_PRODUCTION)


def test_a_preview_says_a_switch_in_full() -> None:
    assert announcement(plan(BLUE_SERVES, Color.GREEN, green="2")).splitlines() == [
        "switch: production blue → green",
        "  production's frontend: frontend:1 → frontend:2",
        "  production's backend: backend:1 → backend:2",
        "  first frontend-green and backend-green restart, bound to production's database; then the gate checks them",
        "  then frontend-prod-proxy and backend-prod-proxy switch, side by side with environment-config",
        "  last frontend-blue and backend-blue restart, bound to staging's database; staging's traffic goes to them",
        "  untouched: the database server, both databases' accounts, the volumes, the Ingress",
    ]
    assert "blue stays bound to production, untouched: a warm way back until 2026-01-01 11:00 UTC" in announcement(
        plan(BLUE_SERVES, Color.GREEN, standby="warm", promotion={"hold": 3600})
    )


def test_a_preview_says_a_release_and_what_somebody_changed() -> None:
    assert announcement(plan(live([]), Color.BLUE)) == "first install: blue will serve production, green staging"
    assert announcement(plan(BLUE_SERVES, Color.BLUE)) == ""
    assert announcement(plan(BLUE_SERVES, Color.BLUE, green="2")) == (
        "release to staging (green): frontend frontend:1 → frontend:2, backend backend:1 → backend:2"
    )
    changed = routed(Color.BLUE, backend_test_proxy={naming.SERVICE_LABEL: "backend-blue"})
    assert announcement(plan(live([*changed, *BLUE_IS_PRODUCTION[5:]]), Color.BLUE)) == (
        "put right, because somebody or something else changed it: backend-test-proxy"
    )
    assert announcement(plan(former(), Color.GREEN)) == (
        "blue is no longer kept for production: its pods restart, bound to staging's database"
    )


def test_a_switch_says_when_and_by_whom_the_one_before_was_made() -> None:
    history = History()
    for job, hours in ((Job.SWITCH, 72), (Job.ROLLBACK, 71)):
        began = (NOW - timedelta(hours=hours)).isoformat()
        history = history.with_entry(Entry(job=job, outcome=Outcome.DONE, began=began, seconds=1, who="anna@laptop"))
        said = announcement(replace(plan(live(BLUE_IS_PRODUCTION), Color.GREEN), history=history))
        by = "by the watch of an update by" if job is Job.ROLLBACK else "by"
        assert f"\n  last switched {ago(NOW - timedelta(hours=hours), NOW)} {by} anna@laptop\n" in said
    assert "last switched" not in announcement(plan(live(BLUE_IS_PRODUCTION), Color.GREEN))


def test_a_switch_says_when_production_is_backed_up() -> None:
    update = plan(BLUE_SERVES, Color.GREEN, green="2", backup={"beforeSwitch": True})
    lines = announcement(update).splitlines()
    assert lines[3] == "  before anything else production's database is backed up"
    back = announcement(replace(update, history=served("2"))).splitlines()
    assert back[6] == "  then production's database is backed up, because nothing migrates on the way back"
    assert "backed up" not in "".join(back[:6])
    warm = plan(former(), Color.BLUE, standby="warm", promotion={"hold": 3600}, backup={"beforeSwitch": True})
    assert "backed up" not in announcement(warm)


def test_a_preview_says_what_was_dropped_on_the_server() -> None:
    now = plan(BLUE_SERVES, Color.BLUE)
    dropped = replace(now, secrets=replace(now.secrets, missing_on_server=("account sync", "database shop-stg")))
    assert "dropped on the database server, and made again: account sync, database shop-stg" in announcement(dropped)
    shut = replace(now, secrets=replace(now.secrets, account_problems=("account app is locked",)))
    assert "put right on the database server: account app is locked" in announcement(shut)
    by_hand = replace(now, secrets=replace(now.secrets, other_password=("app",)))
    assert "changed on the database server by hand: the password of app. " in announcement(by_hand)
