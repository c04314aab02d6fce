"""A `PodSecurity` as the fields of a pod and of its container."""

from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.pod_security import PodSecurity


def pod_confinement(security: PodSecurity, *, owns_files: bool = False) -> Manifest:
    """Fields of a pod's spec; `owns_files`: a new volume's files become the user's group's."""
    if not security.confined:
        return {}
    group = security.user if owns_files and security.user else None
    return {
        "automountServiceAccountToken": False,
        "securityContext": {
            "seccompProfile": {"type": "RuntimeDefault"},
            "fsGroup": group,
            "fsGroupChangePolicy": "OnRootMismatch" if group else None,
        },
    }


def container_confinement(security: PodSecurity, *, read_only: bool) -> Manifest | None:
    """The container's context; `read_only`: nothing is written but to volumes."""
    if not security.user:
        return {"allowPrivilegeEscalation": False} if security.confined else None
    return {
        "runAsNonRoot": True,
        "runAsUser": security.user,
        "runAsGroup": security.user,
        "readOnlyRootFilesystem": True if read_only else None,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
