"""Routes to the proxies that the shop's Ingress is missing (pure).

Hosts and class are known to a preview only; which paths have to lead to which proxies is known here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.kinds import INGRESS, Object, annotations_of
from cadrart_infra.drift.field_managers import provider_fields, with_other_programs_of_its_record
from cadrart_infra.model import Environment
from cadrart_infra.preflight.ingress_and_proxies import taken_paths
from cadrart_infra.settings.environments import IngressSettings

_FORMER_CLASS = "kubernetes.io/ingress.class"
Rule = Mapping[str, Any]
Backend = tuple[str, str, int | str]
"""A path, and the Service and the port that it leads to."""


def missing_routes(ingress: Object) -> Iterator[str]:
    """The missing routes, each as the end of a sentence about the Ingress."""
    spec = ingress["spec"]
    if not spec.get("ingressClassName") and _FORMER_CLASS not in annotations_of(ingress):
        yield "names no ingress class, so that its controller may lead nobody in"
    certified = {host for one in spec.get("tls") or [] for host in one.get("hosts") or []}
    for environment in Environment:
        for rule in _rules_of(ingress, environment):
            yield from _odd_host(rule, environment, certified)
        yield from _unrouted(ingress, environment)


def why_unreached(ingress: Object | None, wanted: IngressSettings | None = None) -> Iterator[str]:
    """What keeps visitors from production, each as the end of a sentence about the Ingress; None: it is gone.

    `wanted`: by the settings, where they are known. What the program wrote itself counts as right: a host that is newly
    set comes with the next update.
    """
    if ingress is None:
        yield "is not in the cluster"
        return
    yield from _unrouted(ingress, Environment.PROD)
    if wanted:
        yield from _edited_entrance(ingress, wanted)


def _edited_entrance(ingress: Object, wanted: IngressSettings) -> Iterator[str]:
    """The host and the class that somebody changed since the program wrote them."""
    owned = provider_fields(with_other_programs_of_its_record(ingress))
    if owned is None:
        return
    hosts = [rule.get("host", "") for rule in _rules_of(ingress, Environment.PROD)]
    if hosts and wanted.production_host not in hosts and owned.key("spec").key("rules").fields is None:
        yield f"was changed, and leads {' and '.join(hosts)} to production instead of {wanted.production_host}"
    found = ingress["spec"].get("ingressClassName", "")
    if found != wanted.class_name and owned.key("spec").key("ingressClassName").fields is None:
        has = f"the class {found!r}" if found else "no class"
        yield f"was changed, and has {has} instead of {wanted.class_name!r}"


def other_entrances(found: Mapping[str, Object]) -> Iterator[tuple[str, str]]:
    """Other Ingresses with a host and path of the shop's, by the objects' keys, and what comes of it."""
    if not (ours := found.get(f"ingress/{naming.INGRESS}")):
        return
    hosts = {one: rule["host"] for one in Environment for rule in _rules_of(ours, one) if rule.get("host")}
    for key, item in found.items():
        if item["kind"] == INGRESS.name and item is not ours and (paths := taken_paths(item, hosts)):
            yield key, f"leads {' and '.join(paths)} somewhere too: its controller chooses between it and ours"


def _rules_of(ingress: Object, environment: Environment) -> list[Rule]:
    return [rule for rule in ingress["spec"].get("rules") or [] if _environment_of(rule) is environment]


def _unrouted(ingress: Object, environment: Environment) -> Iterator[str]:
    rules = _rules_of(ingress, environment)
    if not rules:
        yield f"leads no host to {environment.spoken}"
    for rule in rules:
        yield from _lost_paths(rule, environment)


def _odd_host(rule: Rule, environment: Environment, certified: set[str]) -> Iterator[str]:
    host = rule.get("host", "")
    if not host:
        yield f"leads to {environment.spoken} without a host"
    elif host not in certified:
        yield f"has no certificate for {host}"


def _lost_paths(rule: Rule, environment: Environment) -> Iterator[str]:
    host, found = rule.get("host", ""), _backends(rule)
    for path, proxy, number, name in _wanted(environment):
        if not {(path, proxy, number), (path, proxy, name)} & found:
            yield f"does not lead {host}{path} to port {number} of {proxy}"


def _environment_of(rule: Rule) -> Environment | None:
    """The environment to whose proxies most of the paths lead; None if none does."""
    leads_to = [proxy for _, proxy, _ in _backends(rule)]
    count = {one: sum(proxy in traffic.proxies(one) for proxy in leads_to) for one in Environment}
    best = max(count, key=lambda one: count[one])
    return best if count[best] else None


def _backends(rule: Rule) -> set[Backend]:
    services = [
        (one.get("path") or "/", (one.get("backend") or {}).get("service") or {})
        for one in (rule.get("http") or {}).get("paths") or []
    ]
    return {(path, service.get("name", ""), _port(service)) for path, service in services}


def _port(service: Mapping[str, Any]) -> int | str:
    port = service.get("port") or {}
    found: int | str = port.get("number") or port.get("name", "")
    return found


def _wanted(environment: Environment) -> Iterator[tuple[str, str, int, str]]:
    """Path, proxy, and the port by number and by name."""
    for spec in workloads.SHOP:
        for path, name in spec.ingress_paths.items():
            port = spec.port(name)
            yield path, naming.proxy_name(spec.name, environment), port.number, port.proxy_name
