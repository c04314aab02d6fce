"""Foreign network policies that cut production's pods off from all clients, or from all that they ask (pure).

The node itself reaches every pod, so probes, the gate and an update's checks would not notice. Connections that a pod
has already, to the database too, outlive a policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import NETWORK_POLICY, Objects, of_kind
from cadrart_infra.model import Color, Environment, Port

_IN, _OUT = "Ingress", "Egress"


def unreachable_pods(active: Color, objects: Objects) -> Iterator[str]:
    """A line for each Deployment of production and direction, ingress or egress, that policies deny altogether."""
    for name, direction, policies in _closed(active, objects):
        if direction == _IN:
            yield (
                f"{name}: no client in the cluster reaches its pods, the ingress "
                f"controller neither, for the network policy {', '.join(policies)} closes them and none opens them. "
                "Delete it, or let the ingress controller in with one of your own."
            )
        else:
            yield (
                f"{name}: its pods reach neither the database nor the cluster's DNS with a new connection, for the "
                f"network policy {', '.join(policies)} closes their way out and none opens it. Delete it, or let them "
                "out to both with one of your own."
            )


def closing_policies(active: Color, objects: Objects) -> Iterator[tuple[str, str]]:
    """Each policy that closes production's pods, by its name, with the end of a sentence about it."""
    for name, direction, policies in _closed(active, objects):
        way = "to every client" if direction == _IN else "on their way to the database and the cluster's DNS"
        yield from ((policy, f"closes {name}'s pods {way}, and no other one opens them") for policy in policies)


def _closed(active: Color, objects: Objects) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Each Deployment of production and direction that policies deny altogether, with their names."""
    for spec in workloads.SHOP:
        name, labels = naming.workload_name(spec.name, active), naming.pod_labels(spec.name, active, Environment.PROD)
        for direction in (_IN, _OUT) if spec.uses_database else (_IN,):
            if policies := _closing(direction, labels, spec.ports, objects):
                yield name, direction, policies


def _closing(direction: str, labels: Mapping[str, str], ports: Sequence[Port], objects: Objects) -> list[str]:
    """The names of the policies for pods of these labels, where none of them has a rule for this direction.

    A rule that lets clients in to other `ports` than the pods' own is none.
    """
    policies = [one for one in of_kind(NETWORK_POLICY, objects) if direction in _types(one["spec"])]
    mine = [one for one in policies if _selects(one["spec"].get("podSelector") or {}, labels)]
    rules = [rule for one in mine for rule in one["spec"].get(direction.lower()) or []]
    is_open = any(direction == _OUT or _lets_in(rule, ports) for rule in rules)
    return [] if is_open else sorted(one["metadata"]["name"] for one in mine)


def _lets_in(rule: Mapping[str, Any], ports: Sequence[Port]) -> bool:
    """Whether a rule for ingress names one of these ports, or none at all."""
    named = rule.get("ports")
    return not named or any(_is_of(one, port) for one in named for port in ports)


def _is_of(named: Mapping[str, Any], port: Port) -> bool:
    """Whether a port of a policy (a number, a range, a name, or none for all) is that of a workload."""
    first = named.get("port")
    if not isinstance(first, int):
        return first in (None, port.name)
    return first <= port.number <= int(named.get("endPort", first))


def _types(spec: Mapping[str, Any]) -> Sequence[str]:
    return spec.get("policyTypes") or [_IN]


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a selector matches these labels; one with expressions counts as no match."""
    if selector.get("matchExpressions"):
        return False
    return (selector.get("matchLabels") or {}).items() <= labels.items()
