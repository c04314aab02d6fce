"""Problems on the way to the proxies: another Ingress with the same hosts, a Service without an address (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.kinds import INGRESS, SERVICE, Objects, name_of, of_kind
from cadrart_infra.model import Environment


def ingress_and_proxy_problems(hosts: Mapping[Environment, str], objects: Objects, namespace: str) -> Iterator[str]:
    """A line for each host and path that another Ingress has too, and for each headless proxy or server Service."""
    for item in of_kind(INGRESS, objects):
        if (name := name_of(item)) != naming.INGRESS:
            yield from (_shared(name, path, namespace) for path in taken_paths(item, hosts))
    for item in of_kind(SERVICE, objects):
        if item["spec"].get("clusterIP") == "None" and (name := name_of(item)) in _services():
            yield (
                f"The Service {name} has no address of its own (clusterIP: None), which nothing can give it any more: "
                "its name leads clients to single pods, and they stay with one that a switch has made staging's. "
                f"Make it again, in a moment without customers: kubectl -n {namespace} delete service {name}; then "
                "run pulumi up"
            )


def _services() -> set[str]:
    return {naming.DATABASE, *(name for environment in Environment for name in traffic.proxies(environment))}


def _shared(name: str, path: str, namespace: str) -> str:
    return (
        f"The Ingress {name} leads {path} somewhere too, beside {naming.INGRESS}: which of the two counts is the "
        "ingress controller's choice, and may change when either is made again. Take that out of it: "
        f"kubectl -n {namespace} edit ingress {name}"
    )


def taken_paths(ingress: Mapping[str, Any], hosts: Mapping[Environment, str]) -> list[str]:
    """The hosts and paths that both have; other paths of a host may be shared, e.g. for certificate challenges."""
    ours = {(host, path) for host in hosts.values() for spec in workloads.SHOP for path in spec.ingress_paths}
    theirs = {
        (rule.get("host"), one.get("path") or "/")
        for rule in ingress["spec"].get("rules") or []
        for one in (rule.get("http") or {}).get("paths") or []
    }
    return sorted(f"{host}{path}" for host, path in ours & theirs)
