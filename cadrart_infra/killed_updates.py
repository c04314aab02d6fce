"""What updates that were killed left of production's data: each removed by the next update, and told by a preview."""

from collections.abc import Callable

import pulumi

from cadrart_infra.backup import left_behind
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.rehearsal.rehearsal import remove_leftover


def tidy_backup(kubectl: Kubectl) -> None:
    """The Job and the copy of an update that was killed in its backup."""
    if pulumi.runtime.is_dry_run() and (said := left_behind.foretell(kubectl)):
        pulumi.log.info(said)
    _remove(kubectl, "backup: the one", left_behind.remove)


def tidy_rehearsal(kubectl: Kubectl) -> None:
    """The Job, with its copy, of an update that was killed in the rehearsal of an upgrade."""
    _remove(kubectl, "database server: the rehearsal", remove_leftover)


def _remove(kubectl: Kubectl, of: str, remove: Callable[[Kubectl], str]) -> None:
    if pulumi.runtime.is_dry_run():
        return
    try:
        if said := remove(kubectl):
            pulumi.log.info(said)
    except ClusterError as error:
        pulumi.log.warn(f"{of} of an update that was killed is still there: {error}")
