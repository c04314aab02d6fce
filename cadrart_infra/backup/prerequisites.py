"""What every Job for backups needs: the claim for backups, and the image and user of the running server."""

from __future__ import annotations

from typing import NamedTuple

from cadrart_infra import naming
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.cluster.kinds import CLAIM
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import own_container
from cadrart_infra.database_server.state import read_server
from cadrart_infra.image_pull import IF_NOT_PRESENT
from cadrart_infra.naming import BACKUP_CLAIM
from cadrart_infra.pod_security import security_of


def require_claim(kubectl: Kubectl) -> None:
    """Raises BackupError if there is no claim, and so no backup and no room for one."""
    if not kubectl.find(CLAIM, BACKUP_CLAIM):
        raise BackupError(
            f"There is no claim {BACKUP_CLAIM} in namespace {kubectl.namespace}, so no backup was ever made there. "
            "Nothing was changed. Check the namespace and the context, or turn backups on: "
            "pulumi config set --path backup.beforeSwitch true && pulumi up"
        )


class RunningServer(NamedTuple):
    """The running database server, without changes that wait for a restart."""

    image: str
    pull_policy: str
    user: int


def running_server(kubectl: Kubectl) -> RunningServer:
    """The image and user for Jobs that work on its files and databases; raises BackupError where there is no server."""
    template = read_server(kubectl).template
    if template is None:
        raise BackupError(
            f"The database server {naming.DATABASE} does not run in namespace {kubectl.namespace}. "
            "Nothing was changed. Check the namespace, or run pulumi up first."
        )
    container = own_container(template)
    return RunningServer(
        container["image"], container.get("imagePullPolicy", IF_NOT_PRESENT), security_of(template).user
    )
