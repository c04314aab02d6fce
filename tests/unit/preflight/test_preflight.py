"""What is looked at in the cluster before anything is declared."""

import base64
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from cadrart_infra import naming
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.offers import Offered
from cadrart_infra.cluster.secrets import plain_values, unfit
from cadrart_infra.model import Environment
from cadrart_infra.observed import Unreachable, observe, require_answer
from cadrart_infra.preflight import preflight
from tests.unit.program import SECRETS, FakeKubectl, settings

REQUIRED = {name: frozenset(keys) for name, keys in naming.REQUIRED_SECRETS.items()} | {
    "cadrart-registry-key": frozenset[str]()
}
SETTINGS = settings()


def check(kubectl: FakeKubectl | Kubectl) -> None:
    require_answer(kubectl)  # type: ignore[arg-type]
    observed = observe(kubectl, list(preflight.required_secrets(SETTINGS)))  # type: ignore[arg-type]
    preflight.check(SETTINGS, observed)


def said(kubectl: FakeKubectl) -> str:
    with pytest.raises(preflight.PreflightError) as error:
        check(kubectl)
    return str(error.value)


def test_a_cluster_with_everything_passes() -> None:
    check(FakeKubectl())


def test_a_missing_namespace_and_secret_come_with_the_command_that_makes_them() -> None:
    text = said(FakeKubectl(has_namespace=False, secrets={}))
    assert "kubectl create namespace cadrart" in text
    assert "Secret cadrart-secret does not exist in namespace cadrart" in text
    assert "kubectl -n cadrart create secret generic cadrart-secret --from-env-file=FILE" in text
    assert "kubectl -n cadrart create secret docker-registry cadrart-registry-key" in text


def test_a_deleted_secret_whose_values_are_known_comes_with_the_command_that_makes_it_of_these() -> None:
    secrets = {name: keys for name, keys in SECRETS.items() if name != naming.METRICS_SECRET}
    text = said(FakeKubectl(secrets={**secrets, naming.IN_USE_SECRET: "prod.metrics-api-key"}))
    assert "kubectl -n cadrart get secret cadrart-secrets-in-use -o go-template=" in text
    assert '"data":{"metrics-api-key":"{{index .data "prod.metrics-api-key"}}"}' in text


def test_a_namespace_that_is_being_deleted_is_reported_before_anything_is_written() -> None:
    kubectl = FakeKubectl()
    ending = {"metadata": {"name": "cadrart", "deletionTimestamp": "2026-01-01T10:00:00Z"}}
    with mock.patch.object(FakeKubectl, "find_namespace", return_value=ending):
        text = said(kubectl)
    assert "Namespace cadrart is being deleted since 2026-01-01T10:00:00Z" in text
    assert "Volumes that are retained keep the data" in text


@pytest.mark.parametrize(
    ("classes", "has", "refused"),
    [
        (["traefik"], "traefik", True),
        (["traefik"], "nginx", False),
        (["traefik", "nginx"], "traefik", False),
        ([], "x", False),
    ],
)
def test_an_ingress_class_that_the_cluster_does_not_have_is_refused(
    classes: list[str], has: str, refused: bool
) -> None:
    ingress = {"kind": "Ingress", "metadata": {"name": "cadrart-ingress"}, "spec": {"ingressClassName": has}}
    now = replace(observe(FakeKubectl(), ()), secret_keys=REQUIRED, objects=[ingress])  # type: ignore[arg-type]
    observed = replace(now, ingress_classes=Offered(classes, classes[0] if len(classes) == 1 else ""))
    if not refused:
        preflight.check(SETTINGS, observed)
        return
    with pytest.raises(preflight.PreflightError, match=r"no such IngressClass \(there are: traefik\)") as error:
        preflight.check(SETTINGS, observed)
    assert "pulumi config set --path ingress.className traefik" in str(error.value)


def test_a_missing_key_is_named() -> None:
    text = said(FakeKubectl(secrets={**SECRETS, "cadrart-secret": "DATABASE_USER DATABASE_PASSWORD JWT_SECRET"}))
    assert "Secret cadrart-secret in namespace cadrart lacks DATABASE_ROOT_PASSWORD, TEST_ENDPOINT_SECRET" in text


def test_a_generated_secret_without_a_key_is_to_be_deleted() -> None:
    text = said(FakeKubectl(secrets={**SECRETS, "cadrart-tokens-stg": "JWT_SECRET"}))
    assert "Secret cadrart-tokens-stg in namespace cadrart lacks TEST_ENDPOINT_SECRET. Delete it, and pulumi up" in text
    assert "kubectl -n cadrart delete secret cadrart-tokens-stg" in text


def test_a_key_without_a_value_is_missing() -> None:
    kubectl = FakeKubectl()
    kubectl.values["metrics-api-key"] = ""
    assert "Secret cadrart-metrics-secret in namespace cadrart lacks metrics-api-key" in said(kubectl)


@pytest.mark.parametrize(
    ("value", "why"), [(b"key\n", "ends in a line break"), (b"motdepass\xe9", "has bytes"), (b"key\0", "has bytes")]
)
def test_a_new_value_that_is_no_plain_text_is_refused_and_one_in_use_is_not(value: bytes, why: str) -> None:
    read = plain_values({"data": {"JWT_SECRET": base64.b64encode(value).decode(), "other": ""}})
    observed = replace(observe(FakeKubectl(), ()), unfit_keys={"cadrart-secret": unfit(read)})  # type: ignore[arg-type]
    preflight.check(SETTINGS, replace(observed, secret_keys=REQUIRED))
    changed = replace(
        observed.secrets, changed={Environment.PROD: ("JWT_SECRET of cadrart-secret",), Environment.STG: ()}
    )
    with pytest.raises(preflight.PreflightError, match=f"JWT_SECRET of Secret cadrart-secret {why}"):
        preflight.check(SETTINGS, replace(observed, secret_keys=REQUIRED, secrets=changed))


def test_another_account_in_the_secret_than_in_the_settings_is_refused() -> None:
    assert 'DATABASE_USER in Secret cadrart-secret is "shop"' in said(FakeKubectl(database_user="shop"))


@pytest.mark.parametrize(
    ("secret", "key"), [("cadrart-database-stg", "stagingUser"), ("cadrart-database-sync", "syncUser")]
)
def test_an_account_that_the_program_does_not_make_in_a_secret_that_it_makes_is_refused(secret: str, key: str) -> None:
    observed = replace(observe(FakeKubectl(), ()), secret_keys=REQUIRED, users={secret: "atelier-cadrart"})  # type: ignore[arg-type]
    with pytest.raises(preflight.PreflightError) as error:
        preflight.check(SETTINGS, observed)
    assert f'but DATABASE_USER in Secret {secret} is "atelier-cadrart". Delete the Secret' in str(error.value)
    assert f"database.{key} is" in str(error.value)


def test_a_claim_of_another_class_is_refused() -> None:
    claim = {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "db-volume"},
        "spec": {"storageClassName": "local-path"},
    }
    text = said(FakeKubectl(claims=[claim]))
    assert 'the claim db-volume exists with class "local-path"' in text
    assert "Its data is untouched" in text
    other = {**claim, "metadata": {"name": "somebody-elses"}}
    check(FakeKubectl(claims=[other]))


def test_a_deployment_that_kubectl_made_is_to_be_handed_over() -> None:
    def made_by(manager: str, name: str = "backend-blue") -> dict[str, Any]:
        template = {"metadata": {"labels": {}}, "spec": {"containers": [{"image": "shop/backend:1"}]}}
        writers = [{"manager": manager}, {"manager": "kubectl-rollout"}]
        return {
            "kind": "Deployment",
            "metadata": {"name": name, "managedFields": writers},
            "spec": {"template": template},
        }

    text = said(FakeKubectl(deployments=[made_by("kubectl-client-side-apply")]))
    assert "kubectl -n cadrart delete deployment backend-blue --cascade=orphan" in text
    cut_off = made_by("kubectl-create")
    cut_off["metadata"]["annotations"] = {"ateliercadrart.com/turned-at": "first"}  # the update that made it was killed
    for passes in (made_by("pulumi-kubernetes-1a2b3c"), made_by("kubectl-client-side-apply", "phpmyadmin"), cut_off):
        check(FakeKubectl(deployments=[passes]))


def test_without_kubectl_the_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Unreachable, match="kubectl is not on the PATH"):
        check(Kubectl("cadrart"))


def test_a_record_that_somebody_made_immutable_is_to_be_deleted_and_a_snapshot_is_meant_so() -> None:
    def frozen(name: str) -> dict[str, Any]:
        return {"kind": "ConfigMap", "metadata": {"name": name}, "data": {}, "immutable": True}

    check(FakeKubectl(routed=[frozen("cadrart-config-prod-1a2b3c4d5e")]))
    assert "kubectl -n cadrart delete configmap environment-config" in said(
        FakeKubectl(routed=[frozen("environment-config")])
    )
