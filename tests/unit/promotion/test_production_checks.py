"""What the end of an update finds wrong, though everything was written."""

from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from cadrart_infra import naming, workloads
from cadrart_infra.accounts.statements import Access
from cadrart_infra.drift.declared_objects import DeclaredObjects
from cadrart_infra.model import Color, Environment
from cadrart_infra.mysql.root_client import ClientFailed
from cadrart_infra.promotion.pod_diagnosis import server_problems
from cadrart_infra.promotion.production_checks import (
    all_run_images,
    database_problems,
    edited_pods,
    production_problems,
)
from cadrart_infra.promotion.report import Report
from cadrart_infra.promotion.serving import Serving
from cadrart_infra.workloads import BACKEND, FRONTEND
from tests.unit.cluster_objects import FixedKubectl, Object
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan
from tests.unit.promotion.serving_pods import pod
from tests.unit.status.objects import slices

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def serving(color: Color, environment: Environment = Environment.PROD, *, standby: bool = False) -> Serving:
    pods = {workload: [pod(workload, color, environment)] for workload in workloads.names()}
    return Serving(environment, pods, standby=standby)


def server(available: int) -> list[Object]:
    status = {"availableReplicas": available}
    waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
    return [
        {"kind": "Deployment", "metadata": {"name": "db"}, "status": status},
        {
            "kind": "Pod",
            "metadata": {"name": "db-1", "labels": {naming.SERVICE_LABEL: "db"}},
            "spec": {},
            "status": {"containerStatuses": [{"state": {"waiting": waiting}, "restartCount": 0}]},
        },
    ]


class Server(FixedKubectl):
    def objects(self, *kinds: object, selector: str = "", fields: str = "", timeout: float = 30) -> list[Object]:
        return [one for one in self._objects if one["kind"] in {getattr(kind, "name", "") for kind in kinds}]

    def find(self, *_: object, **__: object) -> Object | None:
        return self._objects[0] if self._objects else None


def test_production_that_is_as_it_should_be_has_no_problem() -> None:
    servings = [serving(Color.BLUE), serving(Color.GREEN, Environment.STG), serving(Color.GREEN, standby=True)]
    assert not list(production_problems(servings, Color.BLUE))


def test_a_former_pod_behind_staging_s_proxy_is_waited_for() -> None:
    servings = [serving(Color.BLUE), serving(Color.GREEN, Environment.STG)]
    runs = {name: pods[0]["spec"]["containers"][0]["image"] for name, pods in servings[1].pods.items()}
    released = {**runs, BACKEND.name: "registry/shop/backend:2"}
    assert all_run_images(servings, {Color.BLUE: runs, Color.GREEN: runs})
    assert not all_run_images(servings, {Color.BLUE: runs, Color.GREEN: released})


def test_a_pod_of_production_that_somebody_gave_another_image_is_named() -> None:
    edit = {"manager": "kubectl-set", "fieldsV1": {"f:spec": {"f:containers": {}}}}
    edited, whole, staging = serving(Color.BLUE), serving(Color.BLUE), serving(Color.GREEN, Environment.STG)
    for one in (edited, staging):
        one.pods[BACKEND.name][0]["metadata"]["managedFields"] = [edit]
    runs = {name: pods[0]["spec"]["containers"][0]["image"] for name, pods in edited.pods.items()}
    wanted = {**runs, BACKEND.name: "shop/backend:0"}
    assert not list(edited_pods([whole, staging], wanted, "cadrart"))
    assert not list(edited_pods([edited], runs, "cadrart"))
    assert not list(edited_pods([edited], {}, "cadrart"))
    (line,) = edited_pods([edited, staging], wanted, "cadrart")
    assert f"it runs {runs[BACKEND.name]} instead of shop/backend:0" in line
    assert line.endswith("kubectl -n cadrart rollout restart deployment/backend-blue")


def test_a_preview_says_what_is_wrong_where_production_s_deployment_was_deleted() -> None:
    left = [
        one for one in BLUE_IS_PRODUCTION if (one["kind"], one["metadata"]["name"]) != ("Deployment", "backend-blue")
    ]
    kubectl: Any = Server([*server(available=0), *slices()])
    report = Report(plan(live(left), Color.BLUE), kubectl, lambda: None, DeclaredObjects(kubectl))
    assert report.problems_before()[0] == "The database server has no ready pod: production has no database."


def test_a_proxy_that_leads_nowhere_or_to_the_other_colour_is_named() -> None:
    behind = {FRONTEND.name: [], BACKEND.name: [pod(BACKEND.name, Color.GREEN, Environment.PROD)]}
    nobody = Serving(Environment.PROD, behind)
    assert list(production_problems([nobody], Color.BLUE)) == [
        "frontend-prod-proxy leads to no ready pod: production does not answer.",
        "backend-prod-proxy leads to pods of green instead of blue.",
    ]


@pytest.mark.parametrize(("available", "expected"), [(1, ""), (0, "no such image")])
def test_a_server_that_is_down_is_reported_with_its_reason(available: int, expected: str) -> None:
    reported = "\n".join(server_problems(Server(server(available)), NOW, 0))  # type: ignore[arg-type]
    assert bool(reported) == bool(expected)
    assert expected in reported


def test_a_server_that_somebody_deleted_is_reported_with_what_makes_it_again() -> None:
    (reported,) = server_problems(Server([]), NOW, 0)  # type: ignore[arg-type]
    assert reported.endswith("production has no database. Run pulumi up, which makes it.")


ACCESS = Access("shop", "shop-stg", "app", "app-stg", "sync")


@pytest.mark.parametrize(
    ("rows", "settings", "reported"),
    [
        ([["read-only", "read_only"]], {}, True),
        ([["read-only", "read_only"]], {"read_only": "ON"}, False),
        ([["read-only", "read_only"]], {"super_read_only": "1", "max_connections": "9"}, False),
        ([["read-only", "read_only"]], {"read_only": "OFF"}, True),
        ([], {}, False),
        (ClientFailed("pod not found"), {}, False),
    ],
)
def test_a_server_that_takes_no_writes_is_reported_unless_it_is_to_be_so(
    rows: Any, settings: dict[str, str], reported: bool
) -> None:
    root = mock.Mock(run=mock.Mock(side_effect=[rows]))
    problems = list(database_problems(lambda: root, settings, ACCESS))
    assert [problem for problem in problems if "SET GLOBAL read_only = OFF" in problem] == problems
    assert bool(problems) is reported


def test_a_variable_that_only_a_start_sets_is_reported_with_how_it_goes() -> None:
    root = mock.Mock(run=mock.Mock(return_value=[["read-only", "innodb_force_recovery"]]))
    (problem,) = database_problems(lambda: root, {}, ACCESS)
    assert "for its innodb_force_recovery is set: production can only read" in problem
    assert "RESET PERSIST innodb_force_recovery) and start it once more; then run pulumi up again." in problem


CUT_OFF = ["unfinished restore", "shop-replaced-261128-120000"]


@pytest.mark.parametrize(
    ("answers", "reported"),
    [
        ([[]], ""),
        ([[["by TLS", "app", "X509"]]], "ALTER USER 'app'@'%' REQUIRE NONE; Then run pulumi up again."),
        ([[["by TLS", "app", "ANY"]]], ""),
        ([[["by TLS", "app-stg", "X509"], ["counted", "app", "0", "9"]]], ""),
        ([[CUT_OFF], [["1"]]], "leave shop-replaced-261128-120000 as it is. Then run pulumi up again."),
        ([[CUT_OFF], []], ""),
        ([ClientFailed("pod not found")], ""),
    ],
)
def test_a_database_that_lets_no_pod_in_or_is_half_restored_is_reported(answers: list[Any], reported: str) -> None:
    root = mock.Mock(run=mock.Mock(side_effect=answers))
    problems = list(database_problems(lambda: root, {}, ACCESS))
    assert [problem[-len(reported) :] for problem in problems] == ([reported] if reported else [])
