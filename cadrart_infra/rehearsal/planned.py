"""The rehearsal that an update's plan asks for."""

from __future__ import annotations

from cadrart_infra.backup.making import Wanted
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.quantities import larger
from cadrart_infra.dynamic import say
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.rehearsal.rehearsal import Rehearsal, RehearsalArgs
from cadrart_infra.settings.database import DatabaseSettings

_RESTART = "restart of the database server"
"""What does not begin without the backup."""


def rehearsal_of(plan: UpdatePlan, kubectl: Kubectl) -> Rehearsal | None:
    """What is done before the server restarts; None where its image stays, or it does not restart."""
    database = plan.settings.database
    if plan.upgrade is None:
        return None
    args = RehearsalArgs(
        upgrade=plan.upgrade,
        backup=_backup(plan),
        rehearse=database.rehearse,
        settings=database.settings,
        server_limits={"cpu": database.cpu_limit, "memory": database.memory_limit},
        work_limits={"cpu": _boosted(database), "memory": database.memory_limit},
        time_limit=database.rehearsal_time_limit,
        restart_timeout=database.restart_timeout,
    )
    return Rehearsal(kubectl, args, say)


def _backup(plan: UpdatePlan) -> Wanted:
    """Of production as it is served now, verified as the stack's other backups are."""
    database, backup, color = plan.settings.database.production, plan.settings.backup, plan.served_by or plan.active
    return Wanted(database, color.value, backup.keep, backup.time_limit, backup.verify, _RESTART)


def _boosted(database: DatabaseSettings) -> str:
    """The processor time of what is not measured: as much as a backup may take of the server."""
    boost, own = database.boost, database.cpu_limit
    return boost.cpu_limit if boost.enabled and larger(boost.cpu_limit, own) else own
