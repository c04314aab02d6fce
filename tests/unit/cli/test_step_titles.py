"""What the engine does, in the shop's words."""

import pytest

from cadrart_infra.cli.step_titles import step_title


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("kubernetes:apps/v1:Deployment", "backend-green", "backend-green: new pods, until they are ready"),
        ("kubernetes:apps/v1:Deployment", "db", "the database server"),
        ("kubernetes:core/v1:Service", "backend-prod-proxy", "production's traffic is switched: backend-prod-proxy"),
        ("kubernetes:core/v1:Service", "frontend-test-proxy", "staging's traffic is switched: frontend-test-proxy"),
        ("kubernetes:core/v1:Service", "db", "Service db"),
        ("kubernetes:core/v1:ConfigMap", "environment-config", "the record of the colours"),
        ("pulumi-python:dynamic/cadrart:StagingSync", "staging-sync", "staging's copy of production's database"),
        ("kubernetes:networking.k8s.io/v1:Ingress", "cadrart-ingress", "Ingress cadrart-ingress"),
        ("cadrart:index:ColorStack", "green", ""),
        ("pulumi:pulumi:Stack", "cadrart-infra-prod", ""),
    ],
)
def test_a_resource_as_a_step(kind: str, name: str, expected: str) -> None:
    assert step_title(kind, name) == expected
