"""Ports of the proxies, and of the database's Service, that do not lead to the pods' own (pure)."""

from collections.abc import Iterator, Mapping

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import Object
from cadrart_infra.model import Environment

_NO_PROXY = "ExternalName"
"""The type of a Service that is a name for another host."""


def wrong_ports(found: Mapping[str, Object], environment: Environment) -> Iterator[tuple[str, str]]:
    """An environment's Services, and what is wrong, as the end of a sentence. `found`: the objects by their keys.

    The database's is production's.
    """
    numbers = {
        naming.proxy_name(spec.name, environment): [port.number for port in spec.ports] for spec in workloads.SHOP
    }
    if environment is Environment.PROD:
        numbers[naming.DATABASE] = [naming.DATABASE_PORT]
    for name, ports in numbers.items():
        if service := found.get(f"service/{name}"):
            yield from ((name, problem) for number in ports for problem in _problems(service, number))


def _problems(service: Object, number: int) -> Iterator[str]:
    """A target by its name is what the pods call so, and a number is by default its own target."""
    spec = service["spec"]
    live: Object = next((one for one in spec.get("ports") or [] if one.get("port") == number), {})
    target = live.get("targetPort", number)
    if spec.get("type") == _NO_PROXY:
        yield f"is of the type {_NO_PROXY}, and leads to no pod"
    elif not live or live.get("protocol", "TCP") != "TCP":
        yield f"has no port {number}"
    elif target != number and not isinstance(target, str):
        yield f"leads port {number} to the pods' port {target}, where nothing answers"
