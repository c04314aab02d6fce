"""What pods are bound to."""

from typing import Any

import pytest

from policy.resources import UNKNOWN
from tests.unit.policy.declared import ENVIRONMENT, backend, found, projected, resource, with_value
from tests.unit.policy.rules.places import ACCOUNT, CLAIM, CONFIG, CONTAINER, POD, TOKEN, Path


def test_a_good_shop_passes_every_rule() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secret"),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-database-sync"),
        ((*ACCOUNT, "valueFrom", "secretKeyRef"), {"name": "cadrart-secret", "key": UNKNOWN}),
        ((*ACCOUNT, "valueFrom", "secretKeyRef"), {"name": "cadrart-secret", "key": "DATABASE_ROOT_PASSWORD"}),
        ((*ACCOUNT, "valueFrom", "secretKeyRef"), {"name": "cadrart-secret", "key": "DATABASE_USER"}),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), UNKNOWN),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secrets-prod-9f8e"),
        ((*CONTAINER, "envFrom"), [{"secretRef": {"name": "cadrart-secret"}}]),
        ((*CONTAINER, "env"), UNKNOWN),
        ((*POD, "volumes", 0), {"name": "static", "secret": {"secretName": "cadrart-secret"}}),
        ((*POD, "volumes", 0), {"name": "static", "secret": UNKNOWN}),
        ((*POD, "volumes", 0), {"name": "static", "csi": {"nodePublishSecretRef": {"name": "cadrart-secret"}}}),
        ((*POD, "volumes", 0), {"name": "static", "cephfs": {"secretRef": {"name": "cadrart-secret"}}}),
        ((*POD, "volumes", 0), {"name": "static", "azureFile": {"secretName": "cadrart-secret"}}),
        ((*POD, "volumes", 0), projected(secret={"name": "cadrart-secret"})),
        ((*POD, "volumes", 0), projected(configMap={"name": "cadrart-config-prod"})),
        ((*POD, "volumes", 0), {"name": "static", "projected": UNKNOWN}),
        ((*POD, "volumes", 0), {"name": "static", "configMap": {"name": "cadrart-config-prod-9f8e"}}),
        ((*CONTAINER, "envFrom"), [{"configMapRef": {"name": "cadrart-config-prod"}}]),
        ((*POD, "initContainers"), [{"envFrom": [{"secretRef": {"name": "cadrart-secret"}}]}]),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), "cadrart-config-prod"),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), "cadrart-config-prod-9f8e"),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), UNKNOWN),
        (CLAIM, "static-volume"),
        (CLAIM, "db-volume"),
        (CLAIM, UNKNOWN),
        (("spec", "template", "metadata", "labels"), {"environment": "green"}),
        (("spec", "template", "metadata", "labels", ENVIRONMENT), UNKNOWN),
        (("spec", "template", "metadata", "labels", ENVIRONMENT), "production"),
        (("spec", "template", "metadata", "labels"), {ENVIRONMENT: "production"}),
    ],
)
def test_staging_s_pods_use_nothing_of_production(path: Path, value: Any) -> None:
    assert "own-environment" in found(with_value(backend("stg"), path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-database-stg"),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secrets-stg-9f8e"),
        ((*TOKEN, "valueFrom", "secretKeyRef", "name"), "cadrart-tokens-stg"),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), "cadrart-config-stg-9f8e"),
        (CLAIM, "static-volume-stg"),
    ],
)
def test_production_s_pods_use_nothing_of_staging(path: Path, value: Any) -> None:
    assert "own-environment" in found(with_value(backend("prod"), path, value))


@pytest.mark.parametrize(
    ("whole", "reported"),
    [
        (False, "use key DATABASE_PASSWORD of Secret cadrart-secret, which is not staging's"),
        (True, "use all keys of Secret cadrart-secret, which is not staging's"),
    ],
)
def test_a_foreign_secret_is_reported_by_name_and_key(whole: bool, reported: str) -> None:
    by_key = with_value(backend("stg"), (*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secret")
    by_name = with_value(backend("stg"), (*CONTAINER, "envFrom"), [{"secretRef": {"name": "cadrart-secret"}}])
    (message,) = found(by_name if whole else by_key)["own-environment"]
    assert message == f"Deployment backend-green: its pods are bound to staging and {reported}"


def test_a_foreign_secret_of_production_is_reported_as_well() -> None:
    spoiled = with_value(backend("prod"), (*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-database-stg")
    (message,) = found(spoiled)["own-environment"]
    assert message.endswith("of Secret cadrart-database-stg, which is not production's")


def test_a_patch_is_judged_as_what_it_patches() -> None:
    """Pulumi has a kind of its own for it, which no rule knew."""
    spoiled = with_value(backend("stg"), CLAIM, "static-volume")
    assert "own-environment" in found(resource("DeploymentPatch", "backend-green", **spoiled.props))
    assert "no-secret-values" in found(resource("SecretPatch", "made", stringData={"password": "correct-horse"}))


@pytest.mark.parametrize(
    "kind", ["Pod", "CronJob", "Job", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"]
)
def test_whatever_makes_pods_is_looked_at(kind: str) -> None:
    good, template = backend("stg"), backend("stg").props["spec"]["template"]
    declared = {
        "Pod": {"metadata": template["metadata"], "spec": template["spec"]},
        "CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
    }.get(kind, {"spec": good.props["spec"]})
    claim = ("volumes", 0, "persistentVolumeClaim", "claimName")
    above = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", *POD)}.get(kind, POD)
    other = resource(kind, "another", **declared)
    assert not found(other)
    assert "own-environment" in found(with_value(other, (*above, *claim), "static-volume"))


def test_a_token_that_staging_shares_has_to_be_on_the_list() -> None:
    reference = (*TOKEN, "valueFrom", "secretKeyRef")
    shares = with_value(backend("stg"), reference, {"name": "cadrart-secret", "key": "TEST_ENDPOINT_SECRET"})
    assert "own-environment" in found(shares)
    older = with_value(shares, ("metadata", "annotations"), {"ateliercadrart.com/reads-secrets": "as they were made"})
    assert found(older) == {}
    assert found(with_value(older, (*reference, "key"), "JWT_SECRET")) == {}
    assert "own-environment" in found(with_value(older, (*reference, "key"), "DATABASE_PASSWORD"))
