"""No container runs as root without a reason that was reviewed, and no pod reaches the machine that it runs on."""

from collections.abc import Iterator
from typing import Any

from policy.exceptions import MAY_RUN_AS_ROOT
from policy.resources import UNKNOWN, Resource, at, elements, may_be, pod_template
from policy.rules import Rule

_OF_THE_HOST = ("hostNetwork", "hostPID", "hostIPC")
_HARMLESS = ("NET_BIND_SERVICE",)
"""Capabilities that a container may be given."""


def _no_root(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    if template is None:
        return
    pod = at(template.spec, "securityContext")
    for container in template.containers():
        name, own = at(container, "name"), at(container, "securityContext")
        if at(own, "privileged") not in (None, False):
            yield f"container {name} is privileged"
        if not _unprivileged(own, pod) and not (name in MAY_RUN_AS_ROOT and name == resource.name):
            yield f"container {name} may run as root: set runAsNonRoot, or give a reason in policy/exceptions.py"


def _unprivileged(own: Any, pod: Any) -> bool:
    """Whether the kubelet refuses root, or is given another account; the container's own context comes first."""
    non_root, user = (
        at(own, key) if at(own, key) is not None else at(pod, key) for key in ("runAsNonRoot", "runAsUser")
    )
    if may_be(user, 0):
        return False
    return non_root is True or user is not None


def _not_the_machine(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    if template is None:
        return
    yield from (f"its pods have {key}" for key in _OF_THE_HOST if at(template.spec, key) not in (None, False))
    for volume in template.volumes():
        if at(volume, "hostPath") is not None:
            yield f"volume {at(volume, 'name')} is a folder of the machine, or one that is not known yet"
    pod = at(template.spec, "securityContext")
    for container in template.containers():
        own = at(container, "securityContext")
        yield from (f"container {at(container, 'name')} {gets}" for gets in _gets(own, pod))


def _gets(own: Any, pod: Any) -> Iterator[str]:
    """What a container has of the machine by its own context, or its pod's."""
    added = elements(at(own, "capabilities", "add"))
    if any(one is UNKNOWN or str(one).removeprefix("CAP_") not in _HARMLESS for one in added):
        yield "gets capabilities of root's"
    if at(own, "procMount") not in (None, "Default"):
        yield "sees the machine's /proc"
    if any(at(one, "windowsOptions", "hostProcess") not in (None, False) for one in (own, pod)):
        yield "is a process of the machine's"


RULE = Rule("no-root", "No container runs as root without a reason that was reviewed.", each=_no_root)
MACHINE = Rule("own-machine", "No pod reaches the machine that it runs on.", each=_not_the_machine)
