"""Pods and addresses that somebody put behind a proxy, and pods that a label keeps from it."""

from contextlib import nullcontext
from typing import Any

import pytest

from cadrart_infra.live import live_of
from cadrart_infra.model import Color, Environment
from cadrart_infra.naming import ENVIRONMENT_LABEL
from cadrart_infra.plan.routes import Routes
from cadrart_infra.promotion.admission_check import SwitchRefused
from cadrart_infra.promotion.production_checks import production_problems
from cadrart_infra.promotion.serving import Serving
from cadrart_infra.promotion.unmanaged import relabelled_pods, require_no_strays, unmanaged_targets
from cadrart_infra.workloads import BACKEND, FRONTEND
from tests.unit.cluster_objects import Object, routed
from tests.unit.promotion.serving_pods import pod

STAGING = f"shop-{Environment.STG}"
BY_HAND = {
    "manager": "kubectl-label",
    "fieldsV1": {"f:metadata": {"f:labels": {f"f:{ENVIRONMENT_LABEL}": {}}}},
}
BY_THE_CLUSTER = {
    "manager": "kube-controller-manager",
    "fieldsV1": {"f:metadata": {"f:generateName": {}, "f:labels": {f"f:{ENVIRONMENT_LABEL}": {}}}},
}


def orphan(environment: Environment, *, labels: dict[str, str] | None = None) -> Object:
    """A backend's pod, connected to an environment's database, that its ReplicaSet has let go."""
    found = pod(BACKEND.name, Color.BLUE, environment)
    found["metadata"] |= {"ownerReferences": [], "name": "by-hand"}
    found["metadata"]["labels"] |= labels or {}
    return found


def reported(serving: Serving) -> list[str]:
    return list(unmanaged_targets([serving], STAGING, "cadrart"))


def test_pods_that_a_deployment_looks_after_are_no_strangers() -> None:
    pods = {one: [pod(one, Color.GREEN, Environment.PROD)] for one in (FRONTEND.name, BACKEND.name)}
    assert not reported(Serving(Environment.PROD, pods))


def test_a_pod_of_staging_that_was_labelled_for_production_is_named_with_its_database_and_the_way_out() -> None:
    serving = Serving(
        Environment.PROD, {BACKEND.name: [pod(BACKEND.name, Color.GREEN, Environment.PROD), orphan(Environment.STG)]}
    )
    (line,) = reported(serving)
    assert "backend-prod-proxy leads to pod by-hand, which no Deployment of the shop looks after" in line
    assert f"It is connected to {STAGING}." in line
    assert line.endswith("kubectl -n cadrart delete pod by-hand")
    assert not list(production_problems([serving], Color.GREEN))


@pytest.mark.parametrize(("connected", "refused"), [(Environment.STG, True), (Environment.PROD, False)])
def test_a_stranger_that_a_switch_would_bring_to_production_is_named_before_it(
    connected: Environment, refused: bool
) -> None:
    labels = pod(BACKEND.name, Color.GREEN, Environment.PROD)["metadata"]["labels"]
    objects, warnings = [orphan(connected, labels=labels)], list[str]()
    routes = Routes(live_of(routed(Color.BLUE)), Color.GREEN, to_new_pods=False)
    with pytest.raises(SwitchRefused) if refused else nullcontext() as error:
        require_no_strays(routes, objects, f"shop-{Environment.PROD}", "cadrart", warnings.append)
    said = str(error.value) if error else warnings[0]
    assert "backend-prod-proxy would lead to pod by-hand, which no Deployment of the shop looks after" in said
    assert said.endswith("kubectl -n cadrart delete pod by-hand")
    stays = Routes(live_of(routed(Color.GREEN)), Color.GREEN, to_new_pods=False)  # reported as what is behind it now
    require_no_strays(stays, objects, "", "cadrart", warnings.append)
    assert len(warnings) == (0 if refused else 1)


@pytest.mark.parametrize(("connected", "lines"), [(Environment.STG, 0), (Environment.PROD, 1)])
def test_of_strangers_behind_staging_only_one_that_is_connected_elsewhere_counts(
    connected: Environment, lines: int
) -> None:
    assert len(reported(Serving(Environment.STG, {BACKEND.name: [orphan(connected)]}))) == lines


def test_addresses_that_somebody_wrote_for_a_proxy_are_named() -> None:
    serving = Serving(
        Environment.PROD,
        {BACKEND.name: [pod(BACKEND.name, Color.BLUE, Environment.PROD)]},
        by_hand={BACKEND.name: {"mine": ["10.0.0.1", "10.0.0.2"]}},
    )
    (line,) = reported(serving)
    assert "backend-prod-proxy also leads to 10.0.0.1, 10.0.0.2, by the EndpointSlice mine" in line
    assert line.endswith("kubectl -n cadrart delete endpointslice mine")


@pytest.mark.parametrize(
    ("label", "written", "lines"),
    [
        ("stg", [BY_THE_CLUSTER, BY_HAND], 1),
        (None, [BY_THE_CLUSTER], 1),
        ("stg", [BY_THE_CLUSTER], 0),  # a pod of before a switch, on its way out
        ("prod", [BY_THE_CLUSTER, BY_HAND], 0),
    ],
)
def test_a_pod_that_lost_production_s_label_is_named(label: str | None, written: list[Any], lines: int) -> None:
    found = pod(BACKEND.name, Color.BLUE, Environment.PROD)
    found["metadata"]["managedFields"] = written
    del found["metadata"]["labels"][ENVIRONMENT_LABEL]
    if label:
        found["metadata"]["labels"][ENVIRONMENT_LABEL] = label
    template = {"metadata": {"labels": {ENVIRONMENT_LABEL: "prod"}}}
    deployment = {"kind": "Deployment", "metadata": {"name": "backend-blue"}, "spec": {"template": template}}
    problems = list(relabelled_pods([deployment, found], Color.BLUE, "cadrart"))
    assert len(problems) == lines
    assert all(line.endswith("kubectl -n cadrart delete pod backend-blue-x") for line in problems)
    assert not list(relabelled_pods([deployment, found], Color.GREEN, "cadrart"))
    assert not list(relabelled_pods([found], Color.BLUE, "cadrart"))
