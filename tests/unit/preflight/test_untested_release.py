"""Only what staging has run is promoted."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import RELEASES_TO_PRODUCTION, UpdatePlan
from cadrart_infra.preflight.untested_release import UntestedRelease, require_tested
from cadrart_infra.workloads import BACKEND, FRONTEND
from tests.unit.cluster_objects import deployments, routed
from tests.unit.plans import BLUE_IS_PRODUCTION, NOW, live, plan

BLUE_SERVES = replace(live(BLUE_IS_PRODUCTION), read_at=NOW + timedelta(hours=1))
PRODUCTION = ("frontend-prod-proxy", "backend-prod-proxy", "environment-config")


def entry(job: Job, outcome: Outcome, **facts: Any) -> Entry:
    return Entry(job=job, outcome=outcome, began=NOW.isoformat(), seconds=1, who="anna@laptop", facts=facts)


def having(update: UpdatePlan, *entries: Entry) -> UpdatePlan:
    history = History()
    for one in entries:
        history = history.with_entry(one)
    return replace(update, history=history)


@pytest.mark.parametrize(
    ("update", "remedy"),
    [
        (plan(BLUE_SERVES, Color.BLUE, blue="2"), "set images.green instead"),
        (plan(BLUE_SERVES, Color.GREEN, green="2"), "pulumi config set activeColor blue && pulumi up"),
    ],
)
def test_a_release_that_staging_has_not_run_is_refused_with_the_way_through_staging(
    update: UpdatePlan, remedy: str
) -> None:
    with pytest.raises(UntestedRelease, match="nothing was changed") as refusal:
        require_tested(update)
    text = str(refusal.value)
    assert f"images.{update.active}.backend: backend:1 → backend:2" in text
    assert remedy in text
    assert "pulumi config set --path promotion.allowUntested true" in text


@pytest.mark.parametrize(
    "update",
    [
        plan(live([]), Color.BLUE, blue="2"),  # a first install
        plan(live(deployments(Color.BLUE, Environment.PROD)), Color.BLUE, blue="2"),  # one that is tried again
        plan(BLUE_SERVES, Color.GREEN),
        plan(BLUE_SERVES, Color.BLUE, green="2"),  # to staging
        plan(BLUE_SERVES, Color.BLUE, blue="2", promotion={"allowUntested": True}),
        plan(BLUE_SERVES, Color.GREEN, green="2", promotion={"allowUntested": True}),
    ],
)
def test_everything_else_passes(update: UpdatePlan) -> None:
    require_tested(update)


def test_what_production_runs_or_ran_needs_no_staging() -> None:
    green_is_ahead = live(
        [
            *routed(Color.BLUE),
            *deployments(Color.BLUE, Environment.PROD),
            *deployments(Color.GREEN, Environment.STG, "2"),
        ]
    )
    require_tested(plan(green_is_ahead, Color.GREEN))  # the release that blue serves production with
    served = {"frontend": "shop/frontend:0", "backend": "shop/backend:0"}
    before = having(plan(BLUE_SERVES, Color.BLUE, blue="0"), entry(Job.SWITCH, Outcome.DONE, images=served))
    require_tested(before)
    with pytest.raises(UntestedRelease):
        require_tested(plan(BLUE_SERVES, Color.BLUE, blue="0"))


def test_staging_s_pods_say_with_which_digest_an_image_was_tested_and_later_the_history() -> None:
    def pod(digest: str, environment: Environment = Environment.STG, ready: str = "True") -> dict[str, Any]:
        return {
            "kind": "Pod",
            "metadata": {"name": digest, "labels": naming.pod_labels(BACKEND.name, Color.GREEN, environment)},
            "spec": {"containers": [{"name": "backend", "image": "shop/backend:1"}]},
            "status": {
                "conditions": [{"type": "Ready", "status": ready}],
                "containerStatuses": [{"name": "backend", "imageID": f"shop/backend@{digest}"}],
            },
        }

    pods = [pod("sha256:a"), pod("sha256:b", ready="False"), pod("sha256:c"), pod("sha256:d", Environment.PROD)]
    switch = plan(live([*BLUE_IS_PRODUCTION, *pods]), Color.GREEN)
    assert switch.releases.tested_as(BACKEND.name) == {"sha256:a", "sha256:c"}
    assert not switch.releases.tested_as(FRONTEND.name)
    assert not plan(switch.live, Color.GREEN, green="2").releases.tested_as(BACKEND.name)
    assert not plan(switch.live, Color.GREEN, promotion={"allowUntested": True}).releases.tested_as(BACKEND.name)

    again = plan(live([*BLUE_IS_PRODUCTION, pod("sha256:d", Environment.PROD)]), Color.GREEN)
    before = entry(Job.RELEASE, Outcome.DONE, tested={"shop/backend:1": ["sha256:a"]})
    failed = entry(Job.SWITCH, Outcome.FAILED, tested={"shop/frontend:1": ["sha256:f"]})
    again = having(again, before, failed)
    assert again.releases.tested_as(BACKEND.name) == {"sha256:a"}
    assert again.releases.tested_as(FRONTEND.name) == {"sha256:f"}


def test_a_deployment_that_was_deleted_is_made_again_and_the_other_one_is_compared() -> None:
    objects = [item for item in BLUE_IS_PRODUCTION if item["metadata"]["name"] != "frontend-blue"]
    repair = plan(live(objects), Color.BLUE)
    require_tested(repair)
    assert not repair.releases.to_production
    with pytest.raises(UntestedRelease, match="backend"):
        require_tested(plan(live(objects), Color.BLUE, blue="2"))


def test_a_release_to_production_goes_through_all_that_a_switch_does() -> None:
    """What stands before production's proxies stands before a write of them: so they are written."""
    hotfix = plan(BLUE_SERVES, Color.BLUE, blue="2")
    assert hotfix.releases.migrates_from is Color.BLUE
    assert {name for name, time in hotfix.routes.turned_at.items() if time == hotfix.live.now} == set(PRODUCTION)
    assert hotfix.routes.rerouted == []
    for other in (plan(BLUE_SERVES, Color.BLUE), plan(BLUE_SERVES, Color.BLUE, green="2")):
        assert not other.releases.to_production
        assert other.releases.migrates_from is None
        assert other.live.now not in other.routes.turned_at.values()


@pytest.mark.parametrize(("outcome", "again"), [(Outcome.FAILED, True), (Outcome.CUT_OFF, True), (Outcome.DONE, False)])
def test_it_goes_through_it_again_until_it_has_passed(outcome: Outcome, again: bool) -> None:
    """The pods run the new release by then, and nothing of the update shows that its gate did not pass."""
    released = entry(Job.RELEASE, outcome, **{RELEASES_TO_PRODUCTION: "blue"})
    refused = entry(Job.UPDATE, Outcome.REFUSED)
    update = having(plan(BLUE_SERVES, Color.BLUE), released, refused)
    assert update.releases.to_production is again
    assert not having(plan(BLUE_SERVES, Color.GREEN), released).releases.to_production


def test_a_hotfix_does_not_prolong_a_warm_standby() -> None:
    turned = "2026-01-01T09:55:00.000+00:00"
    objects = [
        *routed(Color.GREEN, turned),
        *deployments(Color.BLUE, Environment.PROD),
        *deployments(Color.GREEN, Environment.PROD),
    ]
    hotfix = plan(live(objects), Color.GREEN, green="2", standby="warm", promotion={"hold": 600})
    assert hotfix.roles.held_until is not None
    assert (hotfix.roles.held_until - datetime.fromisoformat(turned)).total_seconds() == 600
