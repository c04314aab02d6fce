"""What runs is known by its version, and a registry that is away stops no restart of the database server."""

from collections.abc import Iterator, Sequence

from policy import vocabulary as names
from policy.resources import Resource, at, may_be, pod_template, text
from policy.rules import Rule
from policy.stack import setting


def _versions(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    if setting(resources, "production") is False:
        return
    for resource in resources:
        template = pod_template(resource)
        for container in template.containers() if template else ():
            if not _has_version(text(at(container, "image"))):
                yield resource, f"the image of container {at(container, 'name')} has no version and no digest"


def _has_version(image: str) -> bool:
    name, _, digest = image.partition("@")
    return bool(digest) or name.rpartition("/")[2].partition(":")[2] not in ("", "latest")


def _server(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    if template is None or resource.name != names.SERVER:
        return
    if text(at(resource.props, "metadata", "annotations", names.KEPT_PULL_POLICY)):
        return  # it ran so before; another policy would restart the server
    if any(may_be(at(container, "imagePullPolicy"), "Always") for container in template.containers()):
        yield "imagePullPolicy is Always, so without its registry the database server could not start again"


VERSIONS = Rule("image-version", "In a production stack every image has a version or a digest.", whole=_versions)
SERVER = Rule("server-pull-policy", "The database server is not pulled again when it restarts.", each=_server)
