from typing import Any

import pytest

from cadrart_infra.cluster.kinds import CLAIM, DECLARED, NAMESPACE, SERVICE
from cadrart_infra.components.kubernetes_object import type_token
from tests.unit import program
from tests.unit.components.kubernetes_schema import misfits

SHOPS: dict[str, dict[str, Any]] = {
    "plain": {},
    "warm": {"standby": "warm"},
    "several pods": {"replicas": {"prod": 2, "stg": 2}},
    "no waiting for connections": {"drain": {"whenIdle": False}},
    "migrations of their own": {"migration": {"command": ["true"]}},
    "a certificate": {"ingress": {"issuer": "letsencrypt"}},
    "a restart": {"database": {"restart": "1"}},
}


@pytest.mark.parametrize("shop", SHOPS)
def test_kubernetes_knows_every_field_that_is_declared(shop: str) -> None:
    declared = program.run_once(**SHOPS[shop])
    objects = {key: one.type for key, one in declared.requests.items() if one.type.startswith("kubernetes:")}
    assert set(objects.values()) <= {type_token(kind) for kind in [*DECLARED, NAMESPACE]}
    found = {key: misfits(type_, declared[key].inputs) for key, type_ in objects.items()}
    assert {key: fields for key, fields in found.items() if fields} == {}


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    port = {"name": "http", "port": "80"}
    service = {"apiVersion": "v1", "spec": {"selektor": {"app": "x"}, "ports": [port], "type": ["ClusterIP"]}}
    assert misfits("kubernetes:core/v1:Service", service) == [
        ".spec.selektor does not exist",
        ".spec.ports[0].port is '80'",
        ".spec.type is no list",
    ]


def test_an_object_says_what_it_is_and_nothing_of_what_it_has_not() -> None:
    declared = program.run_once()
    proxy, claim = declared["service/backend-prod-proxy"].inputs, declared["persistentvolumeclaim/db-volume"].inputs
    assert (proxy["apiVersion"], proxy["kind"]) == (SERVICE.version, SERVICE.name) == ("v1", "Service")
    assert (claim["apiVersion"], claim["kind"]) == (CLAIM.version, CLAIM.name)
    assert None not in proxy["metadata"].values()
