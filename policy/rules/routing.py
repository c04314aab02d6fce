"""A proxy selects the pods of one environment, and a host leads to the proxies of one environment."""

from collections.abc import Iterator, Sequence
from typing import Any

from policy import vocabulary as names
from policy.resources import Resource, at, elements, text
from policy.rules import Rule
from policy.stack import setting

_DEFAULT_HOSTS = {names.PRODUCTION: "ateliercadrart.com", names.STAGING: "stg.ateliercadrart.com"}
_HOST_KEYS = {names.PRODUCTION: "ingress.productionHost", names.STAGING: "ingress.stagingHost"}


def _proxies(resource: Resource) -> Iterator[str]:
    if resource.kind != "Service" or resource.name not in names.PROXIES:
        return
    environment = names.PROXIES[resource.name]
    selected = at(resource.props, "spec", "selector", names.ENVIRONMENT_LABEL)
    if selected != environment:
        yield f"its selector does not have {names.ENVIRONMENT_LABEL}: {environment}"


def _hosts(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    hosts = {
        setting(resources, key) or _DEFAULT_HOSTS[environment]: environment for environment, key in _HOST_KEYS.items()
    }
    for resource in resources:
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
