"""What runs is known by its version, and a registry that is away stops no restart of the database server."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from policy import vocabulary as names
from policy.resources import Resource, at, may_be, pod_template, text
from policy.rules import Rule
from policy.stack import setting

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


def _versions(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    if setting(resources, "production") is False:
        return
    for resource in resources:
        template = pod_template(resource)
        for container in template.containers() if template else ():
            if not _has_version(text(at(container, "image"))):
                yield resource, f"the image of container {at(container, 'name')} has no version and no digest"
        for volume in template.volumes() if template else ():
            if at(volume, "image") is not None and not _has_version(text(at(volume, "image", "reference"))):
                yield resource, f"the image of volume {at(volume, 'name')} has no version and no digest"


def _has_version(image: str) -> bool:
    """By a digest that is whole, or by a tag; one that no registry can have names nothing."""
    name, at_sign, digest = image.partition("@")
    if at_sign:
        return bool(_DIGEST.fullmatch(digest))
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag != "latest" and bool(_TAG.fullmatch(tag))


def _server(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    if template is None or resource.name != names.SERVER:
        return
    if text(at(resource.props, "metadata", "annotations", names.KEPT_PULL_POLICY)):
        return  # it ran so before; another policy would restart the server
    if any(_is_pulled_always(container) for container in template.containers()):
        yield "imagePullPolicy is Always, so without its registry the database server could not start again"


def _is_pulled_always(container: Any) -> bool:
    """Where no policy is said, the cluster takes Always for an image without a version."""
    policy = at(container, "imagePullPolicy")
    return may_be(policy, "Always") or (policy is None and not _has_version(text(at(container, "image"))))


VERSIONS = Rule("image-version", "In a production stack every image has a version or a digest.", whole=_versions)
SERVER = Rule("server-pull-policy", "The database server is not pulled again when it restarts.", each=_server)
