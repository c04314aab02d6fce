"""What a pod may do besides its work, as its own fields, and which pods a namespace's rules let in (pure functions).

A pod template that changes makes new pods. So what newer releases of the program take from a pod comes with the next
roll that it has for another reason: a release, a switch, a new server. What runs stays as it is until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cadrart_infra.cluster.pods import own_container

SERVER_USER = 999
"""User and group of the server in the official images of both MySQL and MariaDB."""
ENFORCED = "pod-security.kubernetes.io/enforce"
"""Label of a namespace: the level of the Pod Security Standards that it refuses other pods for."""
RESTRICTED = "restricted"


@dataclass(frozen=True)
class PodSecurity:
    """What a Deployment's pods are declared with.

    `confined`: the runtime's seccomp profile, no token of the API server, no way to more privileges. `user`: user and
    group that they run as, without any privilege; 0 for the image's own.
    """

    confined: bool
    user: int = 0

    @property
    def is_restricted(self) -> bool:
        """Whether a namespace that enforces the level `restricted` lets these pods in."""
        return self.confined and self.user != 0


def security_of(template: Mapping[str, Any]) -> PodSecurity:
    """What a pod template has."""
    spec = template["spec"]
    container = own_container(template)
    user = {**(spec.get("securityContext") or {}), **(container.get("securityContext") or {})}.get("runAsUser", 0)
    return PodSecurity(spec.get("automountServiceAccountToken") is False, int(user))


def workload_security(now: PodSecurity | None, user: int, *, rolls: bool) -> PodSecurity:
    """What a colour's pods are declared with; `now`: what they have, None where there is no Deployment.

    `user`: as the settings and the workload say. `rolls`: whether new pods come anyway.
    """
    return PodSecurity(now is None or now.confined or now.user != user or rolls, user)


def server_security(now: PodSecurity | None, wanted: int | None, *, new_image: bool) -> PodSecurity:
    """What the database server's pod is declared with.

    `wanted` is the stack's `database.runAs`. Without it a new server runs as SERVER_USER, and one that exists as what
    it runs as: whether its files allow another user is for a person to know.
    """
    if now is None:
        return PodSecurity(confined=True, user=SERVER_USER if wanted is None else wanted)
    user = now.user if wanted is None else wanted
    return PodSecurity(now.confined or new_image or user != now.user, user)


def pod_confinement(security: PodSecurity, *, owns_files: bool = False) -> dict[str, Any]:
    """Fields of a pod's spec; `owns_files`: a new volume's files become the user's group's."""
    if not security.confined:
        return {}
    group = {"fsGroup": security.user, "fsGroupChangePolicy": "OnRootMismatch"} if owns_files and security.user else {}
    return {
        "automountServiceAccountToken": False,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}, **group},
    }


def container_confinement(security: PodSecurity, *, read_only: bool) -> dict[str, Any] | None:
    """The container's context; `read_only`: nothing is written but to volumes."""
    if not security.user:
        return {"allowPrivilegeEscalation": False} if security.confined else None
    return {
        "runAsNonRoot": True,
        "runAsUser": security.user,
        "runAsGroup": security.user,
        **({"readOnlyRootFilesystem": True} if read_only else {}),
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
