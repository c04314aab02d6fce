"""What a namespace that runs the shop already says of its settings, so that taking it over needs no typing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra import naming, traffic
from cadrart_infra.cluster.kinds import CLAIM, CONFIG_MAP, DEPLOYMENT, INGRESS, SERVICE, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.live import live_of
from cadrart_infra.model import Environment


@dataclass(frozen=True)
class Running:
    """Names and images as they are; empty for what the namespace does not have."""

    color: str = ""
    """The colour that serves production."""
    images: Mapping[str, str] = field(default_factory=dict)
    """By Deployment, e.g. `backend-green`, and the server's as `db`."""
    hosts: Mapping[Environment, str] = field(default_factory=dict)
    ingress_class: str = ""
    tls_secret: str = ""
    storage_class: str = ""


def read_running(kubectl: Kubectl) -> Running:
    """What runs in the namespace; raises ClusterError."""
    return running_of(kubectl.objects(SERVICE, CONFIG_MAP, DEPLOYMENT, CLAIM, INGRESS))


def running_of(found: Iterable[Object]) -> Running:
    """The same, of these objects of the namespace."""
    items = list(found)
    objects = {(item["kind"], item["metadata"]["name"]): item for item in items}
    ingress = objects.get((INGRESS.name, naming.INGRESS), {}).get("spec", {})
    claim = objects.get((CLAIM.name, naming.DATABASE_CLAIM), {}).get("spec", {})
    color = traffic.production_in(objects.get((CONFIG_MAP.name, naming.ENVIRONMENT_CONFIG), {}).get("data"))
    tls = ingress.get("tls") or [{}]
    return Running(
        color=color.value if color else "",
        images={name: pulled.image for name, pulled in live_of(items).pulled.items()},
        hosts=_hosts(ingress),
        ingress_class=ingress.get("ingressClassName") or "",
        tls_secret=tls[0].get("secretName") or "",
        storage_class=claim.get("storageClassName") or "",
    )


def _hosts(ingress: Mapping[str, Any]) -> dict[Environment, str]:
    """The host whose requests go to an environment's proxies."""
    return {
        environment: rule["host"]
        for rule in ingress.get("rules") or []
        for environment in Environment
        if rule.get("host") and _services(rule) & set(traffic.proxies(environment))
    }


def _services(rule: Mapping[str, Any]) -> set[str]:
    paths = rule.get("http", {}).get("paths") or []
    return {str(path["backend"].get("service", {}).get("name", "")) for path in paths}
