"""A proxy selects the pods of one environment, and a host leads to the proxies of one environment."""

from collections.abc import Iterator, Sequence
from typing import Any

from policy import vocabulary as names
from policy.resources import UNKNOWN, Resource, at, elements, text
from policy.rules import Rule
from policy.stack import setting

_DEFAULT_HOSTS = {names.PRODUCTION: "ateliercadrart.com", names.STAGING: "stg.ateliercadrart.com"}
_HOST_KEYS = {names.PRODUCTION: "ingress.productionHost", names.STAGING: "ingress.stagingHost"}


_SERVICE_NAME = "kubernetes.io/service-name"
"""Label that ties an EndpointSlice to its Service."""
_OTHER_ROUTES = {
    "IngressRoute",
    "IngressRouteTCP",
    "IngressRouteUDP",
    "HTTPRoute",
    "GRPCRoute",
    "TLSRoute",
    "TCPRoute",
    "UDPRoute",
    "VirtualService",
    "HTTPProxy",
}
"""Kinds that lead a host somewhere beside every Ingress."""


def _proxies(resource: Resource) -> Iterator[str]:
    if _proxy_of(resource) is not None:
        yield "it gives a proxy, or one that is not known yet, addresses beside its selector"
    if resource.kind != "Service" or resource.name not in names.PROXIES:
        return
    environment = names.PROXIES[resource.name]
    selected = at(resource.props, "spec", "selector", names.ENVIRONMENT_LABEL)
    if selected != environment:
        yield f"its selector does not have {names.ENVIRONMENT_LABEL}: {environment}"

    if at(resource.props, "spec", "type") in ("ExternalName", UNKNOWN):
        yield "its type is ExternalName, which leads past its selector, or one that is not known yet"


def _proxy_of(resource: Resource) -> Any:
    """The proxy to which an object gives addresses; None where it gives none to any, UNKNOWN where nobody knows."""
    name: Any = None
    if resource.kind == "Endpoints":
        name = resource.name
    elif resource.kind == "EndpointSlice":
        name = at(resource.props, "metadata", "labels", _SERVICE_NAME)
    return name if name is UNKNOWN or name in names.PROXIES else None


def _hosts(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    hosts = {
        setting(resources, key) or _DEFAULT_HOSTS[environment]: environment for environment, key in _HOST_KEYS.items()
    }
    for resource in resources:
        if resource.kind in _OTHER_ROUTES:
            yield resource, "it routes requests by other means than an Ingress, and this rule cannot see where to"
        if resource.kind != "Ingress":
            continue
        if at(resource.props, "spec", "defaultBackend") is not None:
            yield resource, "it has a backend for every host that nobody named"
        for rule in elements(at(resource.props, "spec", "rules")):
            yield from ((resource, message) for message in _rule(rule, hosts.get(text(at(rule, "host")))))


def _rule(rule: Any, environment: str | None) -> Iterator[str]:
    if environment is None:
        yield "a rule has a host that is neither production's nor staging's in the stack's settings"
        return
    for path in elements(at(rule, "http", "paths")):
        service = at(path, "backend", "service", "name")
        if names.PROXIES.get(text(service)) != environment:
            yield f"a path of {_HOST_KEYS[environment]} does not lead to a proxy of the same environment"


PROXIES = Rule("proxy-environment", "A proxy selects pods of its own environment alone.", each=_proxies)
HOSTS = Rule("host-environment", "A host leads to proxies of its own environment alone.", whole=_hosts)
