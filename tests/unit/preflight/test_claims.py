"""What is said of claims before anything is written."""

from typing import Any

import pytest

from cadrart_infra.cluster.offers import Offered
from cadrart_infra.live import live_of
from cadrart_infra.observed import Observed
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.preflight import preflight
from cadrart_infra.preflight.claims import claim_problems, ending_claims
from cadrart_infra.rotation.wanted import WantedSecrets
from tests.unit.database_server.objects import replica_set
from tests.unit.program import settings

Object = dict[str, Any]


def claim(name: str, size: str = "10Gi", **metadata: Any) -> Object:
    spec = {"storageClassName": "linode-block-storage-retain", "resources": {"requests": {"storage": size}}}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": name, **metadata}, "spec": spec}


def deployment(name: str, *claims: str) -> Object:
    """A Deployment as the provider wrote it, of another image than the settings name."""
    volumes = [{"name": one, "persistentVolumeClaim": {"claimName": one}} for one in claims]
    spec = {"containers": [{"name": name, "image": "shop/before:1"}], "volumes": volumes}
    written = [{"manager": "pulumi-kubernetes-1", "fieldsV1": {"f:spec": {}}}]
    metadata = {"name": name, "generation": 1, "managedFields": written, "uid": f"uid-of-{name}"}
    return {
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"template": {"metadata": {"labels": {}}, "spec": spec}},
    }


def running(name: str) -> Object:
    """The ReplicaSet of a server that runs."""
    return replica_set(f"{name}-1", 1, 1, deployment(name, "db-volume")["spec"]["template"], owner=f"uid-of-{name}")


def test_production_s_data_gets_no_empty_volume_in_its_place() -> None:
    objects = [deployment("db", "db-volume"), claim("static-volume")]
    (said,) = claim_problems(settings(), objects)
    assert said.startswith("The claim db-volume does not exist any more; production's database and staging's were on")
    assert list(claim_problems(settings(), [])) == []  # before the first install
    assert len(list(claim_problems(settings(), [], installed=True))) == 2  # a namespace that was deleted
    assert len(list(claim_problems(settings(), [claim("static-volume")], installed=True))) == 1
    assert list(claim_problems(settings(), [*objects, claim("db-volume")])) == []


def test_a_claim_that_waits_for_a_class_that_was_mistyped_may_be_made_again() -> None:
    waiting = {**claim("db-volume"), "status": {"phase": "Pending"}}
    (said,) = claim_problems(settings(storage={"className": "fast"}), [waiting])
    assert said.endswith("kubectl -n cadrart delete persistentvolumeclaim db-volume")
    bound = {**waiting, "status": {"phase": "Bound"}, "spec": {**waiting["spec"], "volumeName": "pvc-1"}}
    (said,) = claim_problems(settings(storage={"className": "fast"}), [bound])
    assert "Its data is untouched. Set it back: pulumi config set --path storage.className linode-block" in said


CLAIMS = ["db-volume", "static-volume", "static-volume-stg", "cadrart-logs-pvc", "cadrart-logs-stg-pvc"]


@pytest.mark.parametrize(
    ("classes", "there", "refused"),
    [
        (["sandbox"], [], True),
        (["sandbox"], CLAIMS, False),
        (["linode-block-storage-retain"], [], False),
        ([], [], False),
    ],
)
def test_a_class_that_the_cluster_does_not_have_is_refused_where_a_claim_needs_it(
    classes: list[str], there: list[str], refused: bool
) -> None:
    found = list(claim_problems(settings(), list(map(claim, there)), Offered(classes, "".join(classes[:1]))))
    assert bool(found) is refused
    if refused:
        assert "no such StorageClass (there are: sandbox)" in found[0]
        assert found[0].endswith("pulumi config set --path storage.className sandbox")


@pytest.mark.parametrize(("wanted", "found", "refused"), [("5Gi", "10Gi", True), ("20Gi", "10Gi", False)])
def test_a_volume_does_not_become_smaller(wanted: str, found: str, refused: bool) -> None:
    problems = list(claim_problems(settings(storage={"database": wanted}), [claim("db-volume", found)]))
    assert bool(problems) is refused
    if refused:
        assert "pulumi config set --path storage.database 10Gi" in problems[0]


RETAINED = "linode-block-storage-retain"


@pytest.mark.parametrize(
    ("classes", "remedy"),
    [
        (Offered([RETAINED], growing=frozenset([RETAINED])), None),
        (Offered(known=False), None),
        (Offered([RETAINED]), f"kubectl patch storageclass {RETAINED} --patch '{{\"allowVolumeExpansion\": true}}'"),
        (Offered([]), "pulumi config set --path storage.database 10Gi"),
    ],
)
def test_a_volume_grows_where_its_class_lets_it(classes: Offered, remedy: str | None) -> None:
    found = list(claim_problems(settings(storage={"database": "20Gi"}), [claim("db-volume", "10Gi")], classes))
    assert bool(found) is bool(remedy)
    if remedy:
        assert f'the claim db-volume has 10Gi, and its class "{RETAINED}" lets no volume grow' in found[0]
        assert found[0].endswith(remedy)
    assert list(claim_problems(settings(), [claim("db-volume", "10Gi")], classes)) == []


@pytest.mark.parametrize(("found", "settable"), [("20G", "19074Mi"), ("1536Mi", "1536Mi"), ("1.5Ti", "1536Gi")])
def test_a_size_that_only_the_cluster_can_write_has_a_remedy_that_settings_take(found: str, settable: str) -> None:
    (problem,) = claim_problems(settings(storage={"database": "1Gi"}), [claim("db-volume", found)])
    assert problem.endswith(f"pulumi config set --path storage.database {settable}")
    assert list(claim_problems(settings(storage={"database": settable}), [claim("db-volume", found)])) == []


def test_a_claim_that_is_being_deleted_keeps_back_only_the_updates_that_need_it() -> None:
    ending = claim("cadrart-logs-stg-pvc", deletionTimestamp="2026-01-01T10:00:00Z")
    objects = [
        deployment("backend-green", "cadrart-logs-stg-pvc"),
        deployment("backend-blue", "cadrart-logs-pvc"),
        ending,
    ]
    plan = UpdatePlan(settings(), live_of(objects))
    assert "backend-green" in plan.new_pods
    refused, reported = ending_claims(plan, (), objects)
    assert (len(refused), reported) == (1, [])
    assert "kubectl -n cadrart scale deployment/backend-green --replicas=0" in refused[0]
    assert "Production stands still" not in refused[0]
    observed = Observed(None, objects, {}, {}, frozenset(), {}, WantedSecrets())
    with pytest.raises(preflight.PreflightError, match="nothing was changed"):
        preflight.check_claims(plan, (), observed, lambda _: None)


def test_pods_that_the_plan_does_not_know_of_need_their_claims_too() -> None:
    ending = claim("db-volume", deletionTimestamp="2026-01-01T10:00:00Z")
    objects = [deployment("db", "db-volume"), running("db"), ending]
    plan = UpdatePlan(settings(), live_of(objects))
    assert [len(found) for found in ending_claims(plan, (), objects)] == [0, 1]
    assert [len(found) for found in ending_claims(plan, ("db",), objects)] == [1, 0]


def test_a_claim_that_no_new_pod_needs_is_reported() -> None:
    ending = claim("db-volume", deletionTimestamp="2026-01-01T10:00:00Z")
    objects = [deployment("db", "db-volume"), running("db"), ending]
    plan = UpdatePlan(settings(), live_of(objects))
    said: list[str] = []
    preflight.check_claims(plan, (), Observed(None, objects, {}, {}, frozenset(), {}, WantedSecrets()), said.append)
    assert "see that its volume stays" in said[0]
    assert said[0].endswith("Production stands still meanwhile")
