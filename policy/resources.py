"""A declared resource as rules see it: plain data, with what a preview does not know marked as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policy.vocabulary import ENVIRONMENT_LABEL

_TEMPLATES = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
_WITH_PODS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"}


class Unknown(Enum):
    """A value that only an update knows.

    What lies below it is unknown too. A rule that meets it where it has to decide says no, in the preview: the engine
    would only warn there, and the rule would first refuse in the middle of the update.
    """

    UNKNOWN = "not known in a preview"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True)
class Resource:
    """One resource, as the program declares it."""

    type: str
    """Pulumi's type token, e.g. `kubernetes:apps/v1:Deployment`."""
    urn: str
    props: Mapping[str, Any]
    """Its inputs."""
    retained: bool | None = None
    """Whether it stays when the stack no longer has it; None where the engine does not say."""

    @property
    def kind(self) -> str:
        """The Kubernetes kind; empty for everything else. A patch of an object is judged as the object would be."""
        return self.type.rpartition(":")[2].removesuffix("Patch") if self.type.startswith("kubernetes:") else ""

    @property
    def name(self) -> str:
        """The object's name in the cluster, or the resource's in the stack."""
        return text(at(self.props, "metadata", "name")) or self.urn.rpartition("::")[2]

    @property
    def label(self) -> str:
        """How messages call it, e.g. `Deployment backend-blue`."""
        return f"{self.kind or 'resource'} {self.name}"


@dataclass(frozen=True)
class PodTemplate:
    """What a workload's pods are made from."""

    labels: Any
    spec: Any

    @property
    def environment(self) -> Any:
        """The environment that its pods are bound to; None where they are not labelled."""
        return at(self.labels, ENVIRONMENT_LABEL)

    def containers(self) -> Iterator[Any]:
        """All its containers, those that run before the others included."""
        for kind in ("initContainers", "containers"):
            yield from elements(at(self.spec, kind))

    def variables(self) -> Iterator[Any]:
        """The variables of all its containers, but those that a whole Secret or ConfigMap brings."""
        for container in self.containers():
            yield from elements(at(container, "env"))

    def volumes(self) -> Iterator[Any]:
        """What its containers can mount."""
        yield from elements(at(self.spec, "volumes"))


def pod_template(resource: Resource) -> PodTemplate | None:
    """The template of a workload's pods; None for what makes none."""
    if resource.kind not in _WITH_PODS:
        return None
    if resource.kind == "Pod":
        return PodTemplate(at(resource.props, "metadata", "labels"), at(resource.props, "spec"))
    template = next((found for path in _TEMPLATES if (found := at(resource.props, *path)) is not None), None)
    return PodTemplate(at(template, "metadata", "labels"), at(template, "spec"))


def at(value: Any, *path: str) -> Any:
    """What lies at a path; None where nothing does, UNKNOWN where an update alone knows."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def elements(value: Any) -> Iterator[Any]:
    """The elements of a list; one that is unknown for a list that is."""
    if value is UNKNOWN:
        yield UNKNOWN
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from value


def text(value: Any) -> str:
    """The value where it is text; empty otherwise."""
    return value if isinstance(value, str) else ""


def may_be(value: Any, forbidden: Any) -> bool:
    """Whether a value is, or could turn out to be, one that must not be."""
    return value is UNKNOWN or value == forbidden
