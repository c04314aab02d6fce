"""The gate: its result from what pods show."""

import itertools
import time
from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import DEPLOYMENT, POD, Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.gate import GateRefused
from cadrart_infra.promotion.time_budget import TimeBudget
from tests.unit.cluster_objects import deployments
from tests.unit.promotion.gates import IN_NO_HURRY, SPEC, Cluster, check, pod


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two rounds the gate rests for longer than these tests give it in all."""
    rest = time.sleep
    monkeypatch.setattr("cadrart_infra.promotion.gate.time.sleep", lambda _: rest(0.02))


def test_healthy_pods_pass_and_are_asked_as_often_as_set() -> None:
    cluster = Cluster(pod("frontend"), pod("backend"))
    assert check(cluster, spec=IN_NO_HURRY) == "gate passed: 2 pods of green answered 2 times in a row"
    assert cluster.asked.count("api/health/live") == cluster.asked.count("") == SPEC.successes
    assert cluster.asked.count("api/schema") == 1


def test_a_bad_answer_makes_the_count_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, looks = Cluster(pod("frontend"), pod("backend")), itertools.count()
    real = cluster.objects

    def objects(kind: Kind, selector: str = "") -> list[dict[str, Any]]:
        return real(kind, selector)[: 1 if kind == POD and next(looks) == 1 else None]

    monkeypatch.setattr(cluster, "objects", objects)
    assert check(cluster, spec=IN_NO_HURRY).startswith("gate passed")
    assert next(looks) == 1 + 1 + SPEC.successes  # a good one, a bad one, and as many as it takes


def test_a_backend_that_says_nothing_of_its_database_is_known_by_its_connections() -> None:
    check(Cluster(pod("frontend"), pod("backend"), database=""), spec=IN_NO_HURRY)
    check(Cluster(pod("frontend"), pod("backend"), connected=()), spec=IN_NO_HURRY)
    with pytest.raises(GateRefused, match=r"knows no connection from it \(10.42.0.7\) to shop"):
        check(Cluster(pod("frontend"), pod("backend"), database="", connected=("",)))


def test_a_deployment_that_does_not_roll_out_is_refused_in_the_rollout_s_own_words() -> None:
    with pytest.raises(GateRefused, match=r"^backend-green is stuck$"):
        check(Cluster(pod("frontend"), pod("backend"), stuck="backend-green"))


def test_a_cluster_that_cannot_be_asked_says_nothing_of_the_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object, **__: object) -> Any:
        raise ApiError(401, "Unauthorized")

    monkeypatch.setattr(cluster := Cluster(), "objects", refuses)
    with pytest.raises(GateRefused, match=r"^Whether green is fit for production could not be seen; every") as refused:
        check(cluster)
    assert "Fix green" not in str(refused.value)


def test_a_deleted_proxy_that_is_held_is_nothing_that_is_wrong_with_the_colour() -> None:
    held = "service/backend-prod-proxy is being deleted since then. Let it go: kubectl patch …"
    with pytest.raises(GateRefused, match=r"^Production cannot be switched to green as things are; every") as refused:
        check(Cluster(pod("frontend"), pod("backend")), gone=[held])
    assert "Fix green" not in str(refused.value)
    assert held in str(refused.value)


def test_production_that_the_new_release_has_broken_is_a_refusal() -> None:
    with pytest.raises(GateRefused) as refusal:
        check(Cluster(pod("frontend"), pod("backend")), production=["backend-prod-proxy: status 500"])
    text = str(refusal.value)
    assert "production, served by blue still, is not well since green's pods started: backend-prod-proxy: " in text
    assert "deliver it as two releases, one that adds and, later, one that removes (docs/switching.md)" in text


def test_what_serves_production_and_is_gone_is_the_reason_and_no_migration() -> None:
    with pytest.raises(GateRefused) as refusal:
        check(
            Cluster(pod("frontend"), pod("backend")),
            production=["backend-prod-proxy: status 404"],
            gone=["service/backend-prod-proxy cannot be made again"],
        )
    assert "  service/backend-prod-proxy cannot be made again\n" in str(refusal.value)
    assert "migration" not in str(refusal.value)


def test_what_serves_production_and_is_held_is_not_waited_for_as_long_as_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadrart_infra.promotion.gate._HELD_SECONDS", 0.1)
    with pytest.raises(GateRefused, match="service/backend-prod-proxy is being deleted"):
        check(
            Cluster(pod("frontend")),
            spec=replace(SPEC, timeout=600),
            gone=["service/backend-prod-proxy is being deleted"],
        )


def test_a_deployment_that_is_deleted_while_its_pods_are_looked_at_is_refused_at_once() -> None:
    cluster = Cluster(pod("frontend"))
    both, real = deployments(Color.GREEN, Environment.PROD), cluster.objects
    looks = itertools.chain([both], itertools.repeat(both[:1]))

    def objects(kind: Kind, selector: str = "") -> list[dict[str, Any]]:
        return next(looks) if kind == DEPLOYMENT else real(kind, selector)

    cluster.objects = objects  # type: ignore[method-assign]
    with pytest.raises(GateRefused, match=r"^backend-green is stuck$"):
        check(cluster, spec=replace(SPEC, timeout=600))


def test_what_somebody_changed_of_a_deployment_meanwhile_is_refused_at_once() -> None:
    """Whether the pods that were made of it are well, or there are none."""
    edit = "deployment/backend-green was changed by kubectl-patch while the update ran:\n  more"
    for pods in ([pod("frontend"), pod("backend")], [pod("frontend")]):
        with pytest.raises(GateRefused) as refusal:
            check(Cluster(*pods), spec=replace(SPEC, timeout=600), edited={"backend-green": edit})
        said = str(refusal.value).splitlines()
        assert said[:3] == [
            "green is not as this update declared it; every proxy stays as it was.",
            "  deployment/backend-green was changed by kubectl-patch while the update ran:",
            "    more",
        ]
        assert said[3].startswith("  Run pulumi up again, which puts that right, or go back: pulumi config set activeC")
    check(Cluster(pod("frontend"), pod("backend")), spec=IN_NO_HURRY, edited={"backend-blue": edit})


def test_a_round_with_a_problem_asks_for_the_deployments_once() -> None:
    """Once for the rollout before the rounds, and once for what is gone and for what was changed."""
    cluster = Cluster(pod("frontend"))
    asked, objects = list[Kind](), cluster.objects
    cluster.objects = lambda kind, **more: asked.append(kind) or objects(kind, **more)  # type: ignore[method-assign, func-returns-value]
    with pytest.raises(GateRefused):
        check(cluster, spec=replace(SPEC, timeout=600), edited={"backend-green": "it was changed"})
    assert asked.count(DEPLOYMENT) == 2


def test_a_tag_that_was_pushed_again_since_staging_ran_it_is_refused_at_once() -> None:
    tested = {name: replace(one, tested_as=frozenset({"sha256:aa"})) for name, one in SPEC.workloads.items()}
    spec = replace(SPEC, workloads=tested, timeout=600)
    check(Cluster(pod("frontend"), pod("backend")), spec=spec)
    with pytest.raises(GateRefused) as refused:
        check(Cluster(pod("frontend"), pod("backend", digest="bb")), spec=spec)
    assert "backend-green: shop/backend:1 is bb now, and staging has run aa" in str(refused.value)
    assert "frontend-green" not in str(refused.value)


def test_a_switch_that_used_up_its_time_is_refused() -> None:
    budget = TimeBudget(0)
    budget.start()
    with pytest.raises(GateRefused, match=r"longer than promotion.timeBudget allows \(0 s\)"):
        check(Cluster(pod("frontend"), pod("backend")), budget, replace(SPEC, successes=1))


def test_pods_whose_images_a_webhook_names_otherwise_pass() -> None:
    cluster = Cluster(pod("frontend"), pod("backend", "mirror.example.com/backend:1"))
    cluster.pods[1]["metadata"]["ownerReferences"] = [{"uid": "1"}]
    cluster.replica_sets = [{"metadata": {"uid": "1"}, "spec": {"template": pod("backend")}}]
    assert check(cluster, spec=IN_NO_HURRY).startswith("gate passed")


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (Cluster(pod("frontend")), "backend-green: 0 of 1 pods with image shop/backend:1 are ready"),
        (Cluster(pod("frontend"), pod("backend", ready=False)), "backend-green: 0 of 1 pods"),
        (
            Cluster(pod("frontend"), pod("backend"), pod("backend", "shop/backend:0")),
            "backend-green: a pod that serves production runs shop/backend:0, not shop/backend:1",
        ),
        (
            Cluster(pod("frontend"), pod("backend"), database="shop-stg"),
            "backend-green-x: it is connected to the database shop-stg, not to shop",
        ),
        (Cluster(pod("frontend"), pod("backend"), healthy=False), "is not healthy: status 503: database unreachable"),
        (
            Cluster(pod("frontend"), pod("backend"), connected=["shop", "shop-stg"]),
            "backend-green-x: it has connections to the database shop-stg, not to shop alone",
        ),
        (
            Cluster(pod("frontend"), pod("backend"), missing=["7-AddColumn"]),
            "the database is behind what the release expects; migrations missing: 7-AddColumn",
        ),
    ],
)
def test_an_unfit_color_is_refused_in_words(cluster: Cluster, said: str) -> None:
    with pytest.raises(GateRefused) as refusal:
        check(cluster)
    assert said in str(refusal.value)
    assert "every proxy stays as it was" in str(refusal.value)
    assert "pulumi config set activeColor blue && pulumi up" in str(refusal.value)
