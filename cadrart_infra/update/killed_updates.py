"""Removes copies of production's data that a killed update left; a preview only announces it."""

import contextlib
from collections.abc import Callable

import pulumi

from cadrart_infra import naming
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_runner import remove_leftover_job
from cadrart_infra.cluster.kinds import JOB
from cadrart_infra.cluster.kubectl import Kubectl


def remove_killed_backup(kubectl: Kubectl, copy: str) -> None:
    """Removes the Job and the copy of a killed backup.

    `copy`: the database of a comparison that was seen on the server, empty for none.
    """
    if pulumi.runtime.is_dry_run():
        if said := announce_killed_backup(kubectl, copy):
            pulumi.log.info(said)
        return
    _remove(kubectl, "backup: the one", lambda there: _remove_leftover_backup(there, copy))


def _remove_leftover_backup(kubectl: Kubectl, copy: str) -> str:
    if not _is_left(kubectl, copy):
        return ""
    from cadrart_infra.backup import killed_backup  # only here, since it takes its time to load

    return killed_backup.remove(kubectl, copy)


def _is_left(kubectl: Kubectl, copy: str) -> bool:
    return bool(copy) or kubectl.find(JOB, naming.BACKUP) is not None


def announce_killed_backup(kubectl: Kubectl, copy: str) -> str:
    """What an update will remove; empty if there is nothing, the backup still runs, or it may not be looked for."""
    with contextlib.suppress(ClusterError):
        if _is_left(kubectl, copy) and lease.who_holds(kubectl) is None:
            return "backup: the one of an update that was killed will be removed, with its copy of production"
    return ""


def remove_killed_rehearsal(kubectl: Kubectl) -> None:
    """Removes the Job of a killed rehearsal, and its copy."""
    if pulumi.runtime.is_dry_run():
        return
    _remove(kubectl, "database server: the rehearsal", remove_leftover_rehearsal)


def remove_leftover_rehearsal(kubectl: Kubectl) -> str:
    """Removes the Job of a rehearsal whose update was killed, and says so; empty where there is none."""
    if not remove_leftover_job(kubectl, naming.REHEARSAL):
        return ""
    return "database server: the rehearsal of an update that was killed is removed, with its copy"


def _remove(kubectl: Kubectl, of: str, remove: Callable[[Kubectl], str]) -> None:
    try:
        if said := remove(kubectl):
            pulumi.log.info(said)
    except ClusterError as error:
        pulumi.log.warn(f"{of} of an update that was killed is still there: {error}")
