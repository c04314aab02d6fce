"""No container runs as root without a reason that was reviewed."""

from collections.abc import Iterator
from typing import Any

from policy.exceptions import MAY_RUN_AS_ROOT
from policy.resources import Resource, at, may_be, pod_template
from policy.rules import Rule


def _no_root(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    if template is None:
        return
    pod = at(template.spec, "securityContext")
    for container in template.containers():
        name, own = at(container, "name"), at(container, "securityContext")
        if at(own, "privileged") not in (None, False):
            yield f"container {name} is privileged"
        if not _unprivileged(own, pod) and name not in MAY_RUN_AS_ROOT:
            yield f"container {name} may run as root: set runAsNonRoot, or give a reason in policy/exceptions.py"


def _unprivileged(own: Any, pod: Any) -> bool:
    """Whether the kubelet refuses root, or is told another account; the container's own word comes first."""
    non_root, user = (
        at(own, key) if at(own, key) is not None else at(pod, key) for key in ("runAsNonRoot", "runAsUser")
    )
    if may_be(user, 0):
        return False
    return non_root is True or user is not None


RULE = Rule("no-root", "No container runs as root without a reason that was reviewed.", each=_no_root)
