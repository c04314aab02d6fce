"""Who serves what now, read once from the cluster; the settings only say who should."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.conditions import condition_of
from cadrart_infra.cluster.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    SERVICE,
    Object,
    Objects,
    annotations_of,
    labels_of,
    name_of,
    of_kind,
)
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_asked_for, image_digests, image_of, is_ready, own_container
from cadrart_infra.cluster.secrets import snapshot_of
from cadrart_infra.database_server.state import ServerState, server_of
from cadrart_infra.image_pull import IF_NOT_PRESENT, Pulled
from cadrart_infra.model import Color, Environment, Volume, Workload
from cadrart_infra.pod_security import PodSecurity, security_of


@dataclass(frozen=True)
class Routed:
    """A proxy's selector, the record's data or a Deployment's binding (`naming.binding`), as it is in the cluster."""

    content: Mapping[str, str]
    turned_at: str
    """When the program last switched it (ISO 8601), empty where it never did; of a Deployment see `Live.bound_at`."""
    version: str = ""
    """Of a Deployment: another one with every change of what it specifies."""
    rolled_at: str = ""
    """Of a Deployment: when its pods were exchanged last (ISO 8601), empty where the cluster does not say."""


def differing_names(wanted: Mapping[str, Mapping[str, str]], found: Mapping[str, Routed]) -> list[str]:
    """The names of wanted objects that are missing or have another content."""
    return [name for name, content in wanted.items() if name not in found or found[name].content != content]


@dataclass(frozen=True)
class LiveColor:
    """What a colour's Deployments are made for."""

    environment: Environment | None
    """What all are bound to; None where they differ, or are not bound the program's way."""
    images: Mapping[Workload, str]
    ready: bool
    """Whether all their pods are ready and as the Deployments want them."""


@dataclass(frozen=True)
class Live:
    """What the cluster says of colours and roles; empty before the first install."""

    routed: Mapping[str, Routed] = field(default_factory=dict)
    """The objects of `traffic.routing` that exist, by name."""
    colors: Mapping[Color, LiveColor] = field(default_factory=dict)
    bound: Mapping[str, Routed] = field(default_factory=dict)
    """The colours' Deployments that exist, by name."""
    pulled: Mapping[str, Pulled] = field(default_factory=dict)
    """The image and its policy of every Deployment of the shop that exists, the server's included, by name."""
    security: Mapping[str, PodSecurity] = field(default_factory=dict)
    """What the pods of the same Deployments have."""
    tested: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What each image was pulled as by the ready pods that are bound to staging; empty where no pods were read."""
    logs: Mapping[str, str] = field(default_factory=dict)
    """The claim in which the pods of each Deployment write their logs, by name; those without one are left out."""
    claims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """All claims that the pods of each Deployment of the shop have, by name."""
    snapshots: Mapping[str, str] = field(default_factory=dict)
    """The snapshot of Secrets that pods of a colour's Deployments are bound to, by the Deployment's name; empty for
    those of an older release, which read the Secrets themselves."""
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The pod templates of the colours' Deployments that exist, by name."""
    server: ServerState = field(default_factory=ServerState)
    """The database server."""
    backups: str = ""
    """The size of the claim for backups, as it was asked for; empty where there is none."""
    serving: Sequence[Mapping[str, Any]] = ()
    """Production's proxies, the database's Service, and all Deployments of the shop, whole, as they were read."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def production(self) -> Color | None:
        """The colour that all of production's proxies lead to; None where there is none, or they disagree."""
        names = traffic.proxies(Environment.PROD)
        services = [self.routed[name].content.get(naming.SERVICE_LABEL) for name in names if name in self.routed]
        return next((color for color in Color if services == workloads.deployments(color)), None)

    @property
    def serves(self) -> bool:
        """Whether there is any proxy of production."""
        return any(name in self.routed for name in traffic.proxies(Environment.PROD))

    def is_switch_to(self, active: Color) -> bool:
        """Whether a proxy of production leads elsewhere than to `active`; one that is gone leads nowhere."""
        wanted = traffic.routing(active)
        return any(
            self.routed[name].content.get(naming.SERVICE_LABEL) != wanted[name][naming.SERVICE_LABEL]
            for name in traffic.proxies(Environment.PROD)
            if name in self.routed
        )

    def stands_by(self, color: Color, images: Mapping[Workload, str]) -> bool:
        """Whether a colour's pods are bound to production, run these images and are ready: it could serve at once."""
        live = self.colors.get(color)
        return live is not None and live.ready and live.environment is Environment.PROD and live.images == images

    def startup(self, name: str) -> int:
        """The seconds that a pod of this Deployment has to get healthy; 0 where there is no limit, or no Deployment."""
        template = self.templates.get(name)
        probe = own_container(template).get("startupProbe", {}) if template else {}
        return int(probe.get("failureThreshold", 0)) * int(probe.get("periodSeconds", 0))

    def turned_at(self, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """When each object of a wanted routing was switched to it: now, where it differs or is missing.

        Declared with the object, this makes the engine write one that somebody changed by hand, or that an update
        wrote that was killed before it saved it: the engine compares with what it saved last, and would not notice.
        """
        return {name: _kept(self.routed.get(name), content) or self.now for name, content in wanted.items()}

    def bound_at(self, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """The same for Deployments by their bindings, with a version in the place of the time.

        A preview knows it in advance, so that the API server checks in a preview what the update will write.
        """
        kept = {name: _kept(self.bound.get(name), content) for name, content in wanted.items()}
        replaced = {name: f"after {live.version}" for name, live in self.bound.items()}
        return {name: kept[name] or replaced.get(name, "first") for name in wanted}

    @property
    def now(self) -> str:
        """The time of this update, as it is recorded."""
        return self.read_at.isoformat(timespec="milliseconds")


def _kept(live: Routed | None, wanted: Mapping[str, str]) -> str:
    """What is recorded with an object that is as it is wanted; empty for any other."""
    return live.turned_at if live and live.content == wanted else ""


def read_live(kubectl: Kubectl) -> Live:
    """What the cluster says; raises ClusterError where it does not answer."""
    return live_of(kubectl.objects(SERVICE, CONFIG_MAP, DEPLOYMENT))


def live_of(found: Iterable[Object]) -> Live:
    """What these objects of the namespace say; others than the shop's own do not count."""
    items = list(found)
    objects = {(item["kind"], item["metadata"]["name"]): item for item in items}
    routed = {
        name: _routed(item)
        for name in traffic.routing(Color.BLUE)
        if (item := objects.get((SERVICE.name, name)) or objects.get((CONFIG_MAP.name, name)))
    }
    deployments = {name_of(item): item for item in of_kind(DEPLOYMENT, items)}
    colors = {color: live for color in Color if (live := _live_color(color, deployments))}
    ours = set(workloads.all_deployments())
    bound = {name: _bound(item) for name, item in deployments.items() if name in ours}
    shop = {name: item for name, item in deployments.items() if name in {*ours, naming.DATABASE}}
    templates = {name: deployments[name]["spec"]["template"] for name in bound}
    services = (*traffic.proxies(Environment.PROD), naming.DATABASE)
    wanted = [*((SERVICE.name, name) for name in services), *((DEPLOYMENT.name, name) for name in shop)]
    return Live(
        routed=routed,
        colors=colors,
        bound=bound,
        pulled={name: _pulled(item) for name, item in shop.items()},
        security={name: security_of(item["spec"]["template"]) for name, item in shop.items()},
        tested=_tested(items),
        logs=_logs(shop),
        claims={name: mounted_claims(item) for name, item in shop.items()},
        snapshots={name: snapshot_of(template["spec"]) for name, template in templates.items()},
        templates=templates,
        server=server_of(items),
        backups=_size(objects.get((CLAIM.name, naming.BACKUP_CLAIM))),
        serving=[objects[key] for key in wanted if key in objects],
    )


def _size(claim: Mapping[str, Any] | None) -> str:
    return str(claim["spec"]["resources"]["requests"]["storage"]) if claim else ""


def _routed(item: Mapping[str, Any]) -> Routed:
    content = item["spec"].get("selector", {}) if item["kind"] == SERVICE.name else traffic.record_in(item.get("data"))
    return Routed(content, _time_of(_turned_at(item)))


def _time_of(written: str) -> str:
    """A time as it is recorded; empty where somebody has written something else over it: the next update records it."""
    with contextlib.suppress(ValueError):
        if datetime.fromisoformat(written).tzinfo:
            return written
    return ""


def _bound(deployment: Mapping[str, Any]) -> Routed:
    metadata = deployment["metadata"]
    version = f"{metadata.get('uid', '').partition('-')[0]}-{metadata['generation']}"
    binding = binding_of(deployment["spec"]["template"])
    return Routed(binding, _turned_at(deployment), version, _rolled_at(deployment))


def binding_of(template: Mapping[str, Any]) -> dict[str, str]:
    """What pods of this template are bound to, and what they run (see `naming.binding`)."""
    labels = labels_of(template)
    return naming.binding(labels.get(naming.ENVIRONMENT_LABEL, ""), image_of(template))


def _rolled_at(deployment: Mapping[str, Any]) -> str:
    """A pod that is made again by itself does not count: that is no progress of a rollout."""
    return str(condition_of(deployment, "Progressing").get("lastUpdateTime", ""))


def _pulled(deployment: Mapping[str, Any]) -> Pulled:
    container = own_container(deployment["spec"]["template"])
    return Pulled(container["image"], container.get("imagePullPolicy", IF_NOT_PRESENT))


def _tested(objects: Objects) -> dict[str, frozenset[str]]:
    makers, staging = of_kind(REPLICA_SET, objects), dict[str, list[Mapping[str, Any]]]()
    for pod in of_kind(POD, objects):
        if is_ready(pod) and labels_of(pod).get(naming.ENVIRONMENT_LABEL) == Environment.STG.value:
            staging.setdefault(image_asked_for(pod, makers), []).append(pod)
    return {image: found for image, pods in staging.items() if (found := image_digests(pods))}


def _logs(deployments: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {
        name: volume["persistentVolumeClaim"]["claimName"]
        for name, item in deployments.items()
        for volume in item["spec"]["template"]["spec"].get("volumes") or []
        if volume["name"] == Volume.LOGS and "persistentVolumeClaim" in volume
    }


def mounted_claims(deployment: Mapping[str, Any]) -> frozenset[str]:
    """The claims that a Deployment's pods have."""
    volumes = deployment["spec"]["template"]["spec"].get("volumes") or []
    return frozenset(one["persistentVolumeClaim"]["claimName"] for one in volumes if "persistentVolumeClaim" in one)


def _turned_at(item: Mapping[str, Any]) -> str:
    return str(annotations_of(item).get(naming.TURNED_AT, ""))


def _live_color(color: Color, deployments: Mapping[str, Mapping[str, Any]]) -> LiveColor | None:
    """None unless all of the colour's Deployments exist."""
    names = {workload: naming.workload_name(workload, color) for workload in workloads.names()}
    if not deployments.keys() >= set(names.values()):
        return None
    mine = {workload: deployments[name] for workload, name in names.items()}
    templates = {workload: deployment["spec"]["template"] for workload, deployment in mine.items()}
    bound_to = {labels_of(template).get(naming.ENVIRONMENT_LABEL) for template in templates.values()}
    environment = next((one for one in Environment if bound_to == {one.value}), None)
    images = {workload: image_of(template) for workload, template in templates.items()}
    return LiveColor(environment, images, all(map(is_rolled_out, mine.values())))


def is_rolled_out(deployment: Mapping[str, Any]) -> bool:
    """Whether a Deployment's pods are all new and ready, and no old one is left but those on their way out."""
    wanted, status = deployment["spec"].get("replicas", 1), deployment.get("status", {})
    seen = status.get("observedGeneration") == deployment["metadata"].get("generation")
    counts = {status.get(count, 0) for count in ("replicas", "updatedReplicas", "readyReplicas")}
    return bool(seen and counts == {wanted})
