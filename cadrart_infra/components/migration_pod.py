"""The pod that runs a release's migrations once."""

from collections.abc import Sequence
from dataclasses import dataclass

from cadrart_infra import naming
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.components.workload_pod import WorkloadPod
from cadrart_infra.pod_security import PodSecurity, container_confinement

_SECONDS = 60
_REACHED = f"</dev/tcp/{naming.DATABASE}/{naming.DATABASE_PORT}"
"""For bash: ends well where the server accepts a connection."""


@dataclass(frozen=True)
class ServerImage:
    """The database server's image, which has `bash`, and what its containers may do."""

    image: str
    pull_policy: str
    security: PodSecurity


def migration_pod(pod: WorkloadPod, command: Sequence[str], server: ServerImage) -> Manifest:
    """A pod of the workload that runs a command of its image, once, when the server can be reached from it.

    A network policy lets a new pod in some seconds after it has begun, and a migration is not tried twice. Where the
    server cannot be reached within a minute, the migration says why.
    """
    return {**pod.once(command), "initContainers": [_wait_for_server(server)]}


def _wait_for_server(server: ServerImage) -> Manifest:
    script = f"for _ in {{1..{_SECONDS}}}; do (exec {_REACHED}) 2>/dev/null && exit 0; sleep 1; done; exit 0"
    return {
        "name": "until-the-database-can-be-reached",
        "image": server.image,
        "imagePullPolicy": server.pull_policy,
        "command": ["bash", "-c", script],
        "resources": {
            "requests": {"cpu": "25m", "memory": "16Mi"},
            "limits": {"cpu": "100m", "memory": "64Mi"},
        },
        "securityContext": container_confinement(server.security, read_only=True),
    }
