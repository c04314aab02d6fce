"""A review's objects: all in one namespace, none that outlives it, none that knows anything of production."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import Object
from cadrart_infra.model import Workload
from cadrart_infra.review import objects
from cadrart_infra.review.database_objects import database
from cadrart_infra.review.objects import Review
from cadrart_infra.rights import FOLDER
from cadrart_infra.settings import parse
from tests.unit.program import images

RUNS = {Workload("frontend"): "shop/frontend:1.0.0", Workload("backend"): "shop/backend:pr-1"}
SETTINGS = parse(
    {
        "activeColor": "green",
        "images": images(),
        "database": {"settings": {"max_connections": 50, "innodb_buffer_pool_size": "300M"}},
        "migration": {"command": ["node", "migrate.js"]},
    }
)
REVIEW = Review("123", SETTINGS)


def all_objects() -> list[Object]:
    return [*database(REVIEW), *objects.shop(REVIEW, RUNS, "copy/1")]


def pods() -> Iterator[dict[str, Any]]:
    yield from (one["spec"]["template"]["spec"] for one in all_objects() if one["kind"] == "Deployment")
    yield dict(objects.migration(REVIEW, "shop/backend:pr-1", "copy/1").pod)


def test_nothing_of_it_is_on_a_volume_or_outside_of_the_namespace() -> None:
    assert {one["kind"] for one in all_objects()} == {"ConfigMap", "Service", "NetworkPolicy", "Deployment", "Ingress"}
    assert not [one for one in all_objects() if one["metadata"].get("namespace")]
    volumes = [volume for pod in pods() for volume in pod.get("volumes", [])]
    assert {key for volume in volumes for key in volume} == {"name", "emptyDir", "configMap"}


def test_no_pod_gets_a_token_of_the_api_server_or_more_than_the_level_baseline() -> None:
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    labels = objects.namespace(REVIEW, "shop/backend", "2026-01-01T00:00:00+00:00")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_its_pods_are_staging_s_in_every_respect() -> None:
    deployments = {
        one["metadata"]["name"]: one["spec"]["template"] for one in all_objects() if one["kind"] == "Deployment"
    }
    backend = deployments["backend-blue"]
    assert backend["metadata"]["labels"][naming.ENVIRONMENT_LABEL] == "stg"
    assert backend["metadata"]["annotations"] == {naming.COPY: "copy/1"}
    variables = {one["name"]: one for one in backend["spec"]["containers"][0]["env"]}
    assert variables["CADRART_DB_DATABASE"]["value"] == "atelier-cadrart-stg"
    secret = variables["CADRART_DB_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": naming.STAGING_ACCOUNT_SECRET, "key": "DATABASE_PASSWORD"}
    services = {one["metadata"]["name"]: one["spec"]["selector"] for one in all_objects() if one["kind"] == "Service"}
    for key, value in services["backend-test-proxy"].items():
        assert backend["metadata"]["labels"][key] == value


def test_it_is_served_at_a_host_of_its_own_that_its_backend_accepts() -> None:
    (ingress,) = (one for one in all_objects() if one["kind"] == "Ingress")
    assert ingress["spec"]["rules"][0]["host"] == "pr-123.stg.ateliercadrart.com"
    assert ingress["spec"]["tls"][0]["hosts"] == ["pr-123.stg.ateliercadrart.com"]
    origins = [one["data"]["CORS_ORIGINS"] for one in all_objects() if "CORS_ORIGINS" in one.get("data", {})]
    assert origins == ["https://pr-123.stg.ateliercadrart.com"]


def test_what_a_migration_is_bound_to_is_there_before_it() -> None:
    (container,) = objects.migration(REVIEW, "shop/backend:pr-1", "copy/1").pod["containers"]
    bound = [one["valueFrom"]["configMapKeyRef"]["name"] for one in container["env"] if "configMapKeyRef" in str(one)]
    assert bound
    assert set(bound) <= {one["metadata"]["name"] for one in database(REVIEW) if one["kind"] == "ConfigMap"}


def test_its_server_has_production_s_settings_but_not_its_sizes() -> None:
    (text,) = (one["data"]["cadrart.cnf"] for one in all_objects() if one["metadata"]["name"] == naming.SERVER_SETTINGS)
    assert "max_connections = 50\n" in text
    assert "buffer_pool" not in text
    assert text.endswith("skip-log-bin\ninnodb-flush-log-at-trx-commit = 2\n")


@pytest.mark.parametrize(
    ("account", "subject"),
    [
        ("system:serviceaccount:cadrart:x", {"kind": "ServiceAccount", "namespace": "cadrart", "name": "x"}),
        ("jo", {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "jo"}),
    ],
)
def test_who_opens_it_gets_the_rights_in_it(account: str, subject: dict[str, str]) -> None:
    assert objects.role_binding(account)["subjects"] == [subject]


def test_the_manifest_of_the_reviewer_names_what_the_program_uses() -> None:
    manifests = {
        (one["kind"], one["metadata"]["name"]): one
        for one in yaml.safe_load_all((FOLDER / "reviewer.yaml").read_text())
    }
    assert ("ClusterRole", naming.REVIEW_ROLE) in manifests
    secrets = next(
        rule for rule in manifests["Role", "cadrart-review-source"]["rules"] if rule["resources"] == ["secrets"]
    )
    assert secrets["resourceNames"] == [naming.SYNC_ACCOUNT_SECRET, SETTINGS.pull.secret]
    (validation,) = manifests["ValidatingAdmissionPolicy", "cadrart-reviewer"]["spec"]["validations"]
    assert f"'{naming.REVIEW_OF}' in namespaceObject.metadata.labels" in validation["expression"]
    assert f"namespaceObject.metadata.name.startsWith('{naming.REVIEW_PREFIX}')" in validation["expression"]
