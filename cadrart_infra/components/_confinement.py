"""A `PodSecurity` as the fields of a pod and of its container."""

from typing import Any

import pulumi_kubernetes as k8s

from cadrart_infra.pod_security import PodSecurity


def pod_confinement(security: PodSecurity, *, owns_files: bool = False) -> dict[str, Any]:
    """Arguments of a pod's spec; `owns_files`: a new volume's files become the user's group's."""
    if not security.confined:
        return {}
    group = security.user if owns_files and security.user else None
    return {
        "automount_service_account_token": False,
        "security_context": k8s.core.v1.PodSecurityContextArgs(
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            fs_group=group,
            fs_group_change_policy="OnRootMismatch" if group else None,
        ),
    }


def container_confinement(security: PodSecurity, *, read_only: bool) -> k8s.core.v1.SecurityContextArgs | None:
    """The container's context; `read_only`: nothing is written but to volumes."""
    if not security.user:
        return k8s.core.v1.SecurityContextArgs(allow_privilege_escalation=False) if security.confined else None
    return k8s.core.v1.SecurityContextArgs(
        run_as_non_root=True,
        run_as_user=security.user,
        run_as_group=security.user,
        read_only_root_filesystem=True if read_only else None,
        allow_privilege_escalation=False,
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
    )
