"""Ports of the proxies that do not lead to the pods' own (pure)."""

from collections.abc import Iterator, Mapping

from cadrart_infra import naming, workloads
from cadrart_infra.drift.field_managers import Object
from cadrart_infra.model import Environment

_NO_PROXY = "ExternalName"
"""The type of a Service that is a name for another host."""


def wrong_ports(found: Mapping[str, Object], environment: Environment) -> Iterator[tuple[str, str]]:
    """An environment's proxies, and what is wrong, as the end of a sentence. `found`: the objects by their keys."""
    for spec in workloads.SHOP:
        name = naming.proxy_name(spec.name, environment)
        if proxy := found.get(f"service/{name}"):
            yield from ((name, problem) for port in spec.ports for problem in _problems(proxy, port.number))


def _problems(proxy: Object, number: int) -> Iterator[str]:
    """A target by its name is what the pods call so, and a number is by default its own target."""
    spec = proxy["spec"]
    live: Object = next((one for one in spec.get("ports") or [] if one.get("port") == number), {})
    target = live.get("targetPort", number)
    if spec.get("type") == _NO_PROXY:
        yield f"is of the type {_NO_PROXY}, and leads to no pod"
    elif not live or live.get("protocol", "TCP") != "TCP":
        yield f"has no port {number}"
    elif target != number and not isinstance(target, str):
        yield f"leads port {number} to the pods' port {target}, where nothing answers"
