"""No declaration takes data with it: claims stay, and what holds data lies on a claim."""

import posixpath
from collections.abc import Iterator
from typing import Any

from policy import vocabulary as names
from policy.resources import UNKNOWN, PodTemplate, Resource, at, elements, pod_template, text
from policy.rules import Rule

_ONLY_READ = ("configMap", "secret", "projected", "downwardAPI")
"""Volumes that no container can write to: what they bring into a folder of data comes back with the next pod."""


def _retained(resource: Resource) -> Iterator[str]:
    if resource.kind == "PersistentVolumeClaim" and resource.retained is False:
        yield "it would be deleted with the stack, or when the program no longer declares it"
    if resource.kind == "PersistentVolume" and at(resource.props, "spec", "persistentVolumeReclaimPolicy") != "Retain":
        yield "its persistentVolumeReclaimPolicy is not Retain"
    if resource.kind == "StorageClass" and at(resource.props, "reclaimPolicy") != "Retain":
        yield "its reclaimPolicy is not Retain"
    if resource.kind == "StatefulSet":
        policy = at(resource.props, "spec", "persistentVolumeClaimRetentionPolicy")
        if policy is UNKNOWN or any(at(policy, when) not in (None, "Retain") for when in ("whenDeleted", "whenScaled")):
            yield "its claims would be deleted with it"
    template = pod_template(resource)
    if template:
        yield from _fleeting(template, _claims(resource, template))
        if resource.name == names.SERVER:
            yield from _server(template)


def _claims(resource: Resource, template: PodTemplate) -> set[str]:
    """The volumes that lie on a claim: one that is there, or one that a StatefulSet makes for each of its pods."""
    volumes = (one for one in template.volumes() if at(one, "persistentVolumeClaim") not in (None, UNKNOWN))
    made = elements(at(resource.props, "spec", "volumeClaimTemplates"))
    return {text(at(one, "name")) for one in volumes} | {text(at(one, "metadata", "name")) for one in made}


def _fleeting(template: PodTemplate, claims: set[str]) -> Iterator[str]:
    """Folders of data on a volume that ends with its pod, or on one machine."""
    only_read = {
        text(at(volume, "name"))
        for volume in template.volumes()
        if volume is not UNKNOWN and any(at(volume, kind) is not None for kind in _ONLY_READ)
    }
    for container in template.containers():
        for mount in elements(at(container, "volumeMounts")):
            volume, kept = text(at(mount, "name")), claims
            if _is_below(at(mount, "mountPath")):
                kept = claims | only_read
            if _is_of_data(at(mount, "mountPath")) and volume not in kept:
                yield f"a folder of data in container {at(container, 'name')} does not lie on a claim"


def _server(template: PodTemplate) -> Iterator[str]:
    """Without a mount, the server's data lies in its container, and ends with it."""
    for container in template.containers():
        mounts = [at(mount, "mountPath") for mount in elements(at(container, "volumeMounts"))]
        if at(container, "name") == names.SERVER and not any(map(_is_of_data, mounts)):
            yield f"the data of container {names.SERVER} lies on no volume"


def _is_of_data(path: Any) -> bool:
    """Whether something may be mounted on a folder of data, or in one."""
    return path is UNKNOWN or posixpath.normpath(text(path)) in names.DATA_FOLDERS or _is_below(path)


def _is_below(path: Any) -> bool:
    return any(posixpath.normpath(text(path)).startswith(f"{folder}/") for folder in names.DATA_FOLDERS)


RULE = Rule("volumes-retained", "Nothing that is declared takes data with it when it goes.", each=_retained)
