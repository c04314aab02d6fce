"""What pods may do: new ones what the program declares today, running ones what they were declared with."""

from typing import Any

import pulumi
import pytest

from cadrart_infra.model import Color
from cadrart_infra.pod_security import PodSecurity, security_of, server_security, workload_security
from tests.unit.cluster_objects import routed
from tests.unit.older_shop import Object, older, running
from tests.unit.program import FakeKubectl, Program, images, run, run_once

FREE, CONFINED, RESTRICTED = PodSecurity(False), PodSecurity(True), PodSecurity(True, 999)

RESTRICTS = {"pod-security.kubernetes.io/enforce": "restricted"}


def template(shop: Program, name: str) -> Object:
    found: Object = shop[f"deployment/{name}"].inputs["spec"]["template"]
    return found


def test_a_program_that_is_updated_restarts_no_pod() -> None:
    shop = run(running())
    for name in ("frontend-blue", "backend-blue", "frontend-green", "backend-green", "db"):
        assert template(shop, name) == older(name), name


def test_a_release_confines_the_pods_that_it_rolls_and_no_others() -> None:
    released = {**images(), "green": images("1.1.0")["green"]}
    shop = run(running(), images=released)
    for name in ("frontend-blue", "backend-blue", "db"):
        assert template(shop, name) == older(name), name
    for name in ("frontend-green", "backend-green"):
        spec = template(shop, name)["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
        assert spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] is False
        assert spec["containers"][0]["livenessProbe"]["tcpSocket"] == {"port": "http"}


def test_staging_s_logs_get_a_claim_of_their_own_with_staging_s_next_roll() -> None:
    shop = run(running(), images={**images(), "green": images("1.1.0")["green"]})
    assert logs_of(shop, "backend-blue") == "cadrart-logs-pvc"
    assert logs_of(shop, "backend-green") == "cadrart-logs-stg-pvc"
    for claim in ("cadrart-logs-pvc", "cadrart-logs-stg-pvc"):
        assert shop[f"persistentvolumeclaim/{claim}"].inputs["spec"]["resources"]["requests"] == {"storage": "10Gi"}
    switched = run(running(), activeColor="green")
    assert logs_of(switched, "backend-green") == "cadrart-logs-pvc"
    assert logs_of(switched, "backend-blue") == "cadrart-logs-stg-pvc"


def logs_of(shop: Program, name: str) -> str:
    """The claim of a Deployment's logs."""
    volumes = {volume["name"]: volume for volume in template(shop, name)["spec"]["volumes"]}
    return str(volumes["cadrart-logs"]["persistentVolumeClaim"]["claimName"])


def test_pods_that_are_confined_stay_so() -> None:
    today, confined = run_once(), running()
    for one in (one for one in confined.deployments if one["kind"] == "Deployment"):
        one["spec"]["template"] = template(today, one["metadata"]["name"])
    again = run(confined)
    for name in ("frontend-blue", "backend-green", "db"):
        assert template(again, name) == template(today, name)


def test_a_new_server_runs_without_privileges_and_an_older_one_when_it_is_asked_to() -> None:
    new = template(run_once(), "db")["spec"]
    assert new["securityContext"] == {
        "seccompProfile": {"type": "RuntimeDefault"},
        "fsGroup": 999,
        "fsGroupChangePolicy": "OnRootMismatch",
    }
    assert new["containers"][0]["securityContext"]["runAsUser"] == 999
    assert template(run(running(), database={"runAs": 999}), "db")["spec"] == new
    as_image = template(run(database={"runAs": 0}), "db")["spec"]
    assert as_image["containers"][0]["securityContext"] == {"allowPrivilegeEscalation": False}


def test_the_frontend_runs_as_the_user_that_is_set_and_may_write_its_own_files() -> None:
    for kubectl in (FakeKubectl(), running()):
        spec = template(run(kubectl, runAs={"frontend": 101}), "frontend-blue")["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["containers"][0]["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 101,
            "runAsGroup": 101,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.parametrize(
    ("now", "rolls", "declared"),
    [
        (None, False, CONFINED),
        (FREE, False, FREE),
        (FREE, True, CONFINED),
        (CONFINED, False, CONFINED),
    ],
)
def test_a_workload_is_confined_when_its_pods_are_new(
    now: PodSecurity | None, rolls: bool, declared: PodSecurity
) -> None:
    assert workload_security(now, 0, rolls=rolls) == declared


@pytest.mark.parametrize(
    ("now", "wanted", "new_image", "declared"),
    [
        (None, None, False, RESTRICTED),
        (None, 0, False, CONFINED),
        (FREE, None, False, FREE),
        (FREE, None, True, CONFINED),
        (FREE, 999, False, RESTRICTED),
        (FREE, 0, False, FREE),
        (RESTRICTED, None, True, RESTRICTED),
        (RESTRICTED, 0, False, CONFINED),
    ],
)
def test_a_server_that_exists_changes_its_user_when_it_is_asked_to(
    now: PodSecurity | None, wanted: int | None, new_image: bool, declared: PodSecurity
) -> None:
    assert server_security(now, wanted, new_image=new_image) == declared


def test_a_user_is_read_from_the_pod_or_its_container() -> None:
    def with_user(pod: Object, container: Object) -> Object:
        return {"spec": {"securityContext": pod, "containers": [{"securityContext": container}]}}

    assert security_of(with_user({"runAsUser": 1}, {})).user == 1
    assert security_of(with_user({"runAsUser": 1}, {"runAsUser": 2})).user == 2
    assert security_of({"spec": {"containers": [{}]}}) == FREE


def test_a_container_that_a_webhook_puts_before_the_shop_s_own_is_not_asked() -> None:
    added, own = {"name": "mesh", "securityContext": {"runAsUser": 1}}, {"name": "db"}
    template = {"metadata": {"labels": {"io.kompose.service": "db"}}, "spec": {"containers": [added, own]}}
    assert security_of(template) == FREE


def refusal(kubectl: FakeKubectl, **config: Any) -> str:
    with pytest.raises(pulumi.RunError) as error:
        run(kubectl, **config)
    return str(error.value)


def test_a_namespace_that_would_refuse_new_pods_is_named_with_the_pods_and_the_settings() -> None:
    text = refusal(FakeKubectl(labels=RESTRICTS), database={"runAs": 0})
    assert "Namespace cadrart enforces restricted (its label pod-security.kubernetes.io/enforce)" in text
    assert "nothing was changed" in text
    for color in Color:
        assert f"frontend-{color}: set its image's user: pulumi config set --path runAs.frontend NUMBER" in text
    assert "db: set the user that its files belong to: pulumi config set --path database.runAs 999" in text
    assert "backend" not in text


def test_a_namespace_lets_in_what_fits() -> None:
    run(FakeKubectl(labels=RESTRICTS), runAs={"frontend": 101})
    run(FakeKubectl(labels={"pod-security.kubernetes.io/enforce": "baseline"}))


def test_pods_that_go_on_are_warned_of_and_stop_no_update(caplog: pytest.LogCaptureFixture) -> None:
    shop = running()
    shop.labels, shop.routed = RESTRICTS, routed(Color.BLUE)
    run(shop)
    assert "would refuse these pods if they were made again" in caplog.text
    assert "backend-blue: its next release or switch makes it fit" in caplog.text


def test_a_backup_that_would_be_refused_stops_a_switch_before_it_begins() -> None:
    shop = running()
    shop.labels, shop.routed = RESTRICTS, routed(Color.BLUE)
    text = refusal(shop, activeColor="green", backup={"beforeSwitch": True}, runAs={"frontend": 101})
    assert "cadrart-backup: it runs as the server does" in text


def test_workloads_with_more_than_one_pod_have_a_disruption_budget() -> None:
    shop = run(replicas={"prod": 2, "stg": 1})
    budgets = {key for key in shop if key.startswith("poddisruptionbudget/")}
    assert budgets == {"poddisruptionbudget/frontend-blue", "poddisruptionbudget/backend-blue"}
    spec = shop["poddisruptionbudget/backend-blue"].inputs["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["selector"] == shop["deployment/backend-blue"].inputs["spec"]["selector"]
