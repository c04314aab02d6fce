"""No declaration takes data with it: claims stay, and what holds data lies on a claim."""

from collections.abc import Iterator

from policy import vocabulary as names
from policy.resources import UNKNOWN, PodTemplate, Resource, at, elements, pod_template, text
from policy.rules import Rule


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
        yield from _fleeting(template)


def _fleeting(template: PodTemplate) -> Iterator[str]:
    """Folders of data on a volume that ends with its pod, or on one machine."""
    on_claim = {
        text(at(volume, "name"))
        for volume in template.volumes()
        if volume is not UNKNOWN and at(volume, "persistentVolumeClaim") is not None
    }
    for container in template.containers():
        for mount in elements(at(container, "volumeMounts")):
            path = at(mount, "mountPath")
            if (path is UNKNOWN or path in names.DATA_FOLDERS) and at(mount, "name") not in on_claim:
                yield f"a folder of data in container {at(container, 'name')} does not lie on a claim"


RULE = Rule("volumes-retained", "Nothing that is declared takes data with it when it goes.", each=_retained)
