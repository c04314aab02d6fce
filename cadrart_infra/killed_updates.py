"""What updates that were killed left of production's data: each removed by the next update, and told by a preview."""

import contextlib
from collections.abc import Callable

import pulumi

from cadrart_infra import naming
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import JOB
from cadrart_infra.cluster.kubectl import Kubectl


def tidy_backup(kubectl: Kubectl, copy: str) -> None:
    """The Job and the copy of an update that was killed in its backup.

    `copy`: the database of a comparison that was seen on the server, empty for none.
    """
    if pulumi.runtime.is_dry_run():
        if said := foretell_backup(kubectl, copy):
            pulumi.log.info(said)
        return
    from cadrart_infra.backup.left_behind import remove

    _remove(kubectl, "backup: the one", lambda there: remove(there, copy))


def foretell_backup(kubectl: Kubectl, copy: str) -> str:
    """What an update will do; empty where nothing was left, somebody is still at it, or it may not be looked at."""
    with contextlib.suppress(ClusterError):
        if (copy or kubectl.find(JOB, naming.BACKUP)) and lease.who_holds(kubectl) is None:
            return "backup: the one of an update that was killed will be removed, with its copy of production"
    return ""


def tidy_rehearsal(kubectl: Kubectl) -> None:
    """The Job, with its copy, of an update that was killed in the rehearsal of an upgrade."""
    if pulumi.runtime.is_dry_run():
        return
    from cadrart_infra.rehearsal.rehearsal import remove_leftover

    _remove(kubectl, "database server: the rehearsal", remove_leftover)


def _remove(kubectl: Kubectl, of: str, remove: Callable[[Kubectl], str]) -> None:
    try:
        if said := remove(kubectl):
            pulumi.log.info(said)
    except ClusterError as error:
        pulumi.log.warn(f"{of} of an update that was killed is still there: {error}")
