"""The plan of an update: one computation of what it means."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra import naming, workloads
from cadrart_infra.backup.due import backup_due
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.history.entry import IMAGES, REPLACES, Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.live import Live
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import Kind, Role, UpdatePlan
from cadrart_infra.promotion.announcement import announcement, summary
from cadrart_infra.rotation.wanted import WantedSecrets
from tests.unit.cluster_objects import deployments, routed
from tests.unit.plans import BLUE_IS_PRODUCTION, NOW, former, live, plan, served

BLUE_SERVES = live(BLUE_IS_PRODUCTION)
RECORDED = {"namespace": "cadrart", "context": "", "database": "shop", "keep": 5.0, "timeLimit": 1800.0}
PRODUCTION = {"frontend-prod-proxy", "backend-prod-proxy", "environment-config"}


def warm(now: Live, active: Color = Color.GREEN, **settings: str) -> UpdatePlan:
    return plan(now, active, standby="warm", promotion={"hold": 600}, **settings)


@pytest.mark.parametrize(
    ("update", "kind"),
    [
        (plan(live([]), Color.BLUE), Kind.FIRST_INSTALL),
        (plan(BLUE_SERVES, Color.GREEN), Kind.SWITCH),
        (plan(BLUE_SERVES, Color.GREEN, green="2"), Kind.SWITCH),
        (plan(BLUE_SERVES, Color.BLUE, green="2"), Kind.RELEASE),
        (plan(BLUE_SERVES, Color.BLUE, blue="2"), Kind.RELEASE),
        (plan(BLUE_SERVES, Color.BLUE), Kind.NOTHING),
        (plan(live(BLUE_IS_PRODUCTION[:5] + deployments(Color.BLUE, Environment.PROD)), Color.BLUE), Kind.RELEASE),
        (plan(live([*routed(Color.BLUE, backend_test_proxy={}), *BLUE_IS_PRODUCTION[5:]]), Color.BLUE), Kind.REPAIR),
        (plan(former(), Color.GREEN), Kind.REPAIR),
        (warm(former()), Kind.NOTHING),
    ],
)
def test_an_update_is_of_one_kind(update: UpdatePlan, kind: Kind) -> None:
    assert update.kind is kind


@pytest.mark.parametrize(
    ("gone", "releases", "kind"),
    [
        (["backend-green"], {}, Kind.REPAIR),
        (["backend-green", "frontend-green", "backend-blue"], {}, Kind.REPAIR),
        (["backend-green"], {"green": "2"}, Kind.RELEASE),
        (["backend-green"], {"green": "0"}, Kind.RELEASE),  # staging has run it, but not last
        (["backend-blue"], {"blue": "2"}, Kind.RELEASE),
    ],
)
def test_a_deployment_that_comes_back_as_it_was_is_no_release(
    gone: list[str], releases: dict[str, str], kind: Kind
) -> None:
    left = [item for item in BLUE_IS_PRODUCTION if (item["kind"], item["metadata"]["name"]) not in _deployments(gone)]
    images = {str(workload): f"shop/{workload}:1" for workload in workloads.names()}
    facts = {"production": "blue", "images": images, "tested": {image: ["sha256:1"] for image in images.values()}}
    known = History()
    for one in ({"tested": {f"shop/{name}:0": ["sha256:0"] for name in images}}, facts, {}):
        made = Entry(
            job=Job.UPDATE, outcome=Outcome.DONE, began=NOW.isoformat(), seconds=9, who="anna@laptop", facts=one
        )
        known = known.with_entry(made)
    update = replace(plan(live(left), Color.BLUE, **releases), history=known)
    assert update.kind is kind
    again = [naming.workload_name(one, color) for color, found in update.releases.made_again.items() for one in found]
    assert sorted(again) == (sorted(gone) if kind is Kind.REPAIR else [])
    for said in (announcement(update), summary(update)):
        assert ("made again, for somebody deleted it" in said) is (kind is Kind.REPAIR)
        assert ("release to" in said) is (kind is Kind.RELEASE)


def test_of_production_that_counts_which_it_was_served_with_whatever_staging_ran_last() -> None:
    left = [item for item in BLUE_IS_PRODUCTION if item["metadata"]["name"] != "backend-blue"]
    (entry,) = served("1").entries
    facts = {**entry.facts, "production": "blue", "tested": {"shop/backend:2": []}}
    known = History().with_entry(replace(entry, facts=facts))
    again = replace(plan(live(left), Color.BLUE), history=known).releases.made_again
    assert list(again[Color.BLUE]) == ["backend"]


def _deployments(names: list[str]) -> set[tuple[str, str]]:
    return {("Deployment", name) for name in names}


def test_a_switch_rolls_both_colors_and_turns_all_proxies() -> None:
    switch = plan(BLUE_SERVES, Color.GREEN)
    assert (switch.roles.served_by, switch.active) == (Color.BLUE, Color.GREEN)
    assert switch.roles.bindings == {Color.GREEN: Environment.PROD, Color.BLUE: Environment.STG}
    assert set(switch.pods.rolls) == {*workloads.deployments(Color.BLUE), *workloads.deployments(Color.GREEN)}
    assert set(switch.routes.rerouted) == {*PRODUCTION, "frontend-test-proxy", "backend-test-proxy"}
    assert switch.releases.migrates_from is Color.BLUE


def test_a_release_to_staging_touches_the_inactive_color_alone() -> None:
    release = plan(BLUE_SERVES, Color.BLUE, green="2")
    assert release.pods.rolls == workloads.deployments(Color.GREEN)
    assert release.routes.rerouted == []
    assert release.releases.changes[Color.BLUE] == {}
    changes = release.releases.changes[Color.GREEN].values()
    assert {change.after for change in changes} == {"shop/frontend:2", "shop/backend:2"}
    assert release.releases.migrates_from is None


def test_only_what_differs_gets_a_new_time() -> None:
    release = plan(BLUE_SERVES, Color.BLUE, green="2")
    assert set(release.routes.turned_at.values()) == {"2026-01-01T10:00:00.000+00:00"}
    assert release.pods.bound_at.keys() == {*workloads.deployments(Color.BLUE), *workloads.deployments(Color.GREEN)}


@pytest.mark.parametrize(
    ("now", "standby", "environment"),
    [
        (former(), "warm", Environment.PROD),
        (former(), "cold", Environment.STG),
        (former(minutes=11), "warm", Environment.STG),
        (former(environment=Environment.STG), "warm", Environment.STG),
        (former(release="0"), "warm", Environment.STG),
        (former(ready=0), "warm", Environment.STG),
        (live([]), "warm", Environment.STG),
    ],
    ids=["held", "cold", "hold is over", "staging already", "released to", "not fit to take over", "first install"],
)
def test_only_a_color_that_could_take_over_is_kept_warm(now: Live, standby: str, environment: Environment) -> None:
    update = plan(now, Color.GREEN, standby=standby, promotion={"hold": 600})
    assert update.roles.bindings[Color.BLUE] is environment


def test_a_standby_is_no_staging() -> None:
    held = warm(former())
    assert held.roles.by_color == {Color.GREEN: Role.PRODUCTION, Color.BLUE: Role.STANDBY}
    assert held.roles.bindings == {Color.GREEN: Environment.PROD, Color.BLUE: Environment.PROD}
    assert held.pods.rolls == held.routes.rerouted == []
    assert warm(former(minutes=11)).roles.by_color[Color.BLUE] is Role.STAGING


def test_a_standby_takes_over_again_without_a_new_pod_or_a_backup() -> None:
    back = warm(former(), Color.BLUE)
    assert back.kind is Kind.SWITCH
    assert back.roles.stands_by
    assert back.pods.rolls == []
    assert back.releases.migrates_from is None
    assert warm(former(release="0"), Color.BLUE).releases.migrates_from is Color.GREEN


@pytest.mark.parametrize(
    ("now", "active", "more", "backs_up"),
    [
        (BLUE_SERVES, Color.GREEN, {}, True),
        (BLUE_SERVES, Color.BLUE, {"blue": "2", "promotion": {"allowUntested": True}}, True),
        (BLUE_SERVES, Color.BLUE, {"green": "2"}, False),
        (former(), Color.BLUE, {"standby": "warm", "promotion": {"hold": 600}}, False),
        (live([]), Color.BLUE, {}, False),
    ],
)
def test_the_pod_of_a_backup_is_one_of_the_update_s_where_one_is_due(
    now: Live, active: Color, more: dict[str, Any], backs_up: bool
) -> None:
    """Also before a release to production: a namespace that would refuse it is named before anything begins."""
    update = plan(now, active, backup={"beforeSwitch": True}, **more)
    assert (naming.BACKUP in update.new_pods) is update.backups.is_due is backs_up
    given = {**RECORDED, "switchFrom": update.releases.migrates_from or "", "activeColor": active}
    assert backup_due(BackupInputs.read({**given, "release": update.releases.to_production})) is backs_up


@given(
    st.sampled_from(Color),
    st.sampled_from(Color),
    st.sampled_from(Environment),
    st.sampled_from(Environment),
    st.sampled_from(["cold", "warm"]),
)
def test_the_active_color_alone_serves_production(
    served: Color, active: Color, blue: Environment, green: Environment, standby: str
) -> None:
    """Whatever is found: the active colour's pods are bound to production, and no proxy of it selects others."""
    found = [*routed(served), *deployments(Color.BLUE, blue), *deployments(Color.GREEN, green)]
    update = plan(live(found), active, standby=standby)
    assert update.roles.bindings[active] is Environment.PROD
    assert list(update.roles.by_color.values()).count(Role.PRODUCTION) == 1
    is_staging = update.roles.bindings[update.inactive] is Environment.STG
    assert (update.roles.by_color[update.inactive] is Role.STAGING) == is_staging
    for workload in workloads.names():
        selector = update.routes.selectors[naming.proxy_name(workload, Environment.PROD)]
        for color, environment in update.roles.bindings.items():
            labels = naming.pod_labels(workload, color, environment)
            assert (selector.items() <= labels.items()) == (color is active)
    assert all(mark == "after -2" for mark in update.pods.bound_at.values())


OLDER = "older-release"
IN_USE = WantedSecrets(snapshots={Environment.PROD: "cadrart-secrets-prod-1", Environment.STG: "cadrart-secrets-stg-1"})


def using(**snapshots: str) -> Live:
    """Blue is production; the backends are bound to these snapshots, or to the Secrets themselves."""
    names = {f"backend-{color}": "" if name is OLDER else name for color, name in snapshots.items()}
    return replace(BLUE_SERVES, snapshots=names)


def changed(environment: Environment, now: Live, **settings: Any) -> UpdatePlan:
    """The plan where a value of an environment's Secrets is another one."""
    secrets = replace(
        IN_USE,
        snapshots={**IN_USE.snapshots, environment: f"cadrart-secrets-{environment}-2"},
        changed={**IN_USE.changed, environment: ("JWT_SECRET of a-secret",)},
    )
    return replace(plan(now, Color.BLUE, **settings), secrets=secrets)


NEWER = using(blue="cadrart-secrets-prod-1", green="cadrart-secrets-stg-1")


def test_pods_keep_the_snapshot_in_use() -> None:
    same = replace(plan(NEWER, Color.BLUE), secrets=IN_USE)
    assert same.pods.rolls == same.pods.rotated == []
    assert same.pods.snapshots["backend-blue"] == "cadrart-secrets-prod-1"


def test_a_changed_value_rolls_what_uses_it_and_nothing_else() -> None:
    rotation = changed(Environment.PROD, NEWER)
    assert rotation.pods.rolls == rotation.pods.rotated == ["backend-blue"]
    assert rotation.kind is Kind.NOTHING
    said = announcement(rotation)
    assert "rotation: JWT_SECRET of a-secret\n  backend-blue roll to the new values" in said
    assert changed(Environment.STG, NEWER).pods.rolls == ["backend-green"]


def test_pods_of_an_older_release_get_a_snapshot_with_their_next_roll_alone() -> None:
    older = using(blue=OLDER, green=OLDER)
    upgraded = replace(plan(older, Color.BLUE), secrets=IN_USE)
    assert upgraded.pods.rolls == []
    assert upgraded.pods.snapshots["backend-blue"] == upgraded.pods.snapshots["backend-green"] == ""
    release = replace(plan(older, Color.BLUE, green="2"), secrets=IN_USE)
    assert release.pods.rolls == workloads.deployments(Color.GREEN)
    assert release.pods.snapshots["backend-green"] == "cadrart-secrets-stg-1"
    assert release.pods.snapshots["backend-blue"] == ""
    assert changed(Environment.PROD, older).pods.rolls == ["backend-blue"]


def test_a_plan_of_somebody_who_has_not_read_the_secrets_rolls_nothing_for_them() -> None:
    assert plan(NEWER, Color.BLUE).pods.rolls == []


@pytest.mark.parametrize(
    ("update", "why", "goes_back"),
    [
        (plan(live([]), Color.BLUE), "blue is to serve production", False),
        (plan(BLUE_SERVES, Color.GREEN, green="2"), "green takes over from blue", False),
        (plan(BLUE_SERVES, Color.GREEN), "", True),
        (plan(BLUE_SERVES, Color.BLUE, blue="2"), "blue gets another release", False),
        (plan(BLUE_SERVES, Color.BLUE, green="2"), "", False),
        (plan(former(), Color.BLUE), "", False),
    ],
)
def test_only_what_production_never_ran_brings_migrations(update: UpdatePlan, why: str, goes_back: bool) -> None:
    assert (update.releases.brings_migrations, update.releases.goes_back) == (why, goes_back)


@pytest.mark.parametrize("proxy", ["frontend-prod-proxy", "backend-prod-proxy"])
def test_a_release_to_production_is_one_where_somebody_deleted_a_proxy(proxy: str) -> None:
    """What is left of production goes on with the old release, on a database that the new one migrates."""
    now = live([item for item in BLUE_IS_PRODUCTION if item["metadata"]["name"] != proxy])
    release, repair = plan(now, Color.BLUE, blue="2"), plan(now, Color.BLUE)
    assert (release.releases.to_production, repair.releases.to_production) == (True, False)
    assert (release.releases.migrates_from, repair.releases.migrates_from) == (Color.BLUE, None)
    assert release.releases.brings_migrations == "blue gets another release"
    assert release.backups.is_due == release.settings.backup.before_switch


@pytest.mark.parametrize(("version", "is_release"), [("2", True), ("1", False)])
def test_a_release_to_production_is_one_where_somebody_deleted_its_deployment(version: str, is_release: bool) -> None:
    """What it ran is known from the history; without that nobody knows what the database was migrated for."""
    gone = _deployments(workloads.deployments(Color.BLUE))
    now = live([item for item in BLUE_IS_PRODUCTION if (item["kind"], item["metadata"]["name"]) not in gone])
    update = plan(now, Color.BLUE, blue=version)
    assert not update.releases.to_production
    (entry,) = served("1").entries
    known = History().with_entry(replace(entry, facts={**entry.facts, "production": "blue"}))
    release = replace(update, history=known).releases
    assert (release.to_production, bool(release.brings_migrations)) == (is_release, is_release)
    assert sorted(release.untested) == (["backend", "frontend"] if is_release else [])


def test_a_color_that_takes_over_is_not_compared_with_what_it_served_with_long_ago() -> None:
    gone = _deployments(["backend-green"])
    now = live([item for item in BLUE_IS_PRODUCTION if (item["kind"], item["metadata"]["name"]) not in gone])
    (entry,) = served("0").entries
    known = History().with_entry(replace(entry, facts={**entry.facts, "production": "green"}))
    assert not replace(plan(now, Color.GREEN), history=known).releases.untested


def test_the_way_back_is_known_from_the_history() -> None:
    update = plan(BLUE_SERVES, Color.GREEN, green="2")
    assert replace(update, history=served("2")).releases.goes_back
    assert not update.releases.goes_back
    assert replace(update, history=served("2")).releases.takes_back
    same, to_production = plan(BLUE_SERVES, Color.GREEN), plan(BLUE_SERVES, Color.BLUE, blue="2")
    for other in (update, same, replace(to_production, history=served("2"))):
        assert not other.releases.takes_back


def restored(release: str, history: History) -> History:
    """A backup of a database that this release ran with has taken production's place."""
    images = {str(workload): f"shop/{workload}:{release}" for workload in workloads.names()}
    facts = {REPLACES: True, IMAGES: images}
    return history.with_entry(
        Entry(job=Job.RESTORE, outcome=Outcome.DONE, began=NOW.isoformat(), seconds=9, who="anna@laptop", facts=facts)
    )


def test_what_ran_before_a_restore_has_not_run_with_that_database() -> None:
    """Its migrations went with the database: they run again, after a backup."""
    again = replace(plan(BLUE_SERVES, Color.GREEN, green="2"), history=restored("1", served("2")))
    assert again.releases.brings_migrations == "green takes over from blue"
    assert (again.releases.goes_back, again.releases.takes_back) == (False, False)
    back = replace(plan(former(environment=Environment.STG, release="0"), Color.BLUE, blue="0"), history=served("0"))
    assert (back.releases.goes_back, back.releases.takes_back) == (True, True)
    for_older = replace(back, history=restored("0", served("2")))
    assert (for_older.releases.goes_back, for_older.releases.takes_back) == (True, True)


def started(seconds: int) -> Live:
    """Blue serves; green's backend has so many seconds to get healthy."""
    objects = copy.deepcopy(BLUE_IS_PRODUCTION)
    for item in objects:
        if item["metadata"]["name"] == "backend-green":
            (container,) = item["spec"]["template"]["spec"]["containers"]
            container["startupProbe"] = {"failureThreshold": seconds, "periodSeconds": 1}
    return live(objects)


@pytest.mark.parametrize(
    ("now", "update", "seconds"),
    [
        (started(300), {}, 300),  # pods of an older release stay
        (started(300), {"green": "2"}, 1800),
        (started(1800), {}, 1800),
        (started(1800), {"rollout": {"timeout": 10}}, 1800),
        (started(1), {}, 1800),  # edited by hand
        (started(1800), {"migration": {"timeLimit": 60}}, 300),
        (started(300), {"green": "2", "migration": {"command": ["migrate"]}}, 300),
    ],
)
def test_a_pod_that_migrates_is_not_cut_off(now: Live, update: dict[str, Any], seconds: int) -> None:
    wanted = plan(now, Color.BLUE, **update)
    assert wanted.pods.startup(workloads.BACKEND.name, Color.GREEN) == seconds
    assert wanted.pods.startup(workloads.FRONTEND.name, Color.GREEN) == wanted.settings.rollout.timeout
