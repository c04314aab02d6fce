"""Where proxies and hosts lead."""

from typing import Any

import pytest

from policy.resources import UNKNOWN, Resource
from tests.unit.policy.declared import found, ingress, proxy, resource, with_value


@pytest.mark.parametrize("environment", ["stg", UNKNOWN, ""])
def test_a_production_proxy_selects_production_s_pods(environment: Any) -> None:
    assert "proxy-environment" in found(proxy("backend-prod-proxy", environment))


@pytest.mark.parametrize("selector", [{"io.kompose.service": "backend-blue"}, UNKNOWN])
def test_a_proxy_that_selects_by_colour_alone_is_refused(selector: Any) -> None:
    assert "proxy-environment" in found(resource("Service", "backend-prod-proxy", spec={"selector": selector}))


@pytest.mark.parametrize(
    "spoiled",
    [
        with_value(proxy("backend-prod-proxy", "prod"), ("spec", "type"), "ExternalName"),
        with_value(proxy("backend-prod-proxy", "prod"), ("spec", "type"), UNKNOWN),
        resource("Endpoints", "backend-prod-proxy", subsets=[]),
        resource("EndpointSlice", "x", metadata={"labels": {"kubernetes.io/service-name": "backend-prod-proxy"}}),
        resource("EndpointSlice", "x", metadata={"labels": UNKNOWN}),
    ],
)
def test_a_proxy_has_no_address_that_its_selector_did_not_find(spoiled: Resource) -> None:
    assert "proxy-environment" in found(spoiled)


def test_a_proxy_of_another_type_and_other_addresses_pass() -> None:
    assert not found(with_value(proxy("backend-prod-proxy", "prod"), ("spec", "type"), "ClusterIP"))
    assert not found(resource("Endpoints", "another", subsets=[]))
    assert not found(resource("EndpointSlice", "x", metadata={"labels": {"kubernetes.io/service-name": "another"}}))


@pytest.mark.parametrize(
    "spoiled",
    [
        resource("IngressRoute", "beside", spec={"routes": [{"match": "Host(`shop.example.com`)"}]}),
        resource("HTTPRoute", "beside", spec={"hostnames": ["shop.example.com"]}),
        ingress(production="backend-prod-proxy", staging="backend-prod-proxy"),
        ingress(production="backend-test-proxy", staging="backend-test-proxy"),
        ingress(production="backend-prod-proxy", staging="backend-blue"),
        resource("Ingress", "cadrart-ingress", spec={"rules": UNKNOWN}),
        resource("Ingress", "cadrart-ingress", spec={"rules": [{"host": "another.example.com"}]}),
        resource("Ingress", "cadrart-ingress", spec={"defaultBackend": {"service": {"name": "backend-prod-proxy"}}}),
    ],
)
def test_a_host_leads_to_its_own_environment(spoiled: Resource) -> None:
    assert "host-environment" in found(spoiled)
