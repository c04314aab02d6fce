"""Makes the rehearsal that the plan of an update needs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

from cadrart_infra import naming, workloads
from cadrart_infra.backup.making import BackupRequest
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.quantities import is_larger
from cadrart_infra.database_server.upgrade import Upgrade
from cadrart_infra.dynamic import say
from cadrart_infra.image_pull import workload_pull_policy
from cadrart_infra.model import Color, Environment, Workload, WorkloadSpec
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.rehearsal.rehearsal import Rehearsal, RehearsalArgs
from cadrart_infra.rehearsal.release import Release
from cadrart_infra.settings.database import DatabaseSettings

_RESTART = "restart of the database server"
"""What the backup is made for; without it that does not begin."""


def rehearsal_of(plan: UpdatePlan, upgrade: Upgrade, kubectl: Kubectl, config: Mapping[str, str]) -> Rehearsal:
    """What is done before the server restarts with another image.

    `config`: the configuration of a release that is started on the copy.
    """
    database = plan.settings.database
    args = RehearsalArgs(
        upgrade=upgrade,
        backup=_backup(plan),
        rehearse=database.rehearse,
        settings=database.settings,
        server_limits={"cpu": database.cpu_limit, "memory": database.memory_limit},
        work_limits={"cpu": _boosted(database), "memory": database.memory_limit},
        time_limit=database.rehearsal_time_limit,
        restart_timeout=database.restart_timeout,
        releases=list(_releases(plan, config)) if database.rehearse else [],
    )
    return Rehearsal(kubectl, args, say)


def _releases(plan: UpdatePlan, config: Mapping[str, str]) -> Iterator[Release]:
    """Each wanted release once, even if both environments run it; production's first."""
    wanted = plan.settings.database.rehearse_releases
    made_up = f"Aa1-{secrets.token_hex(32)}"  # a policy for passwords may ask for each kind of character
    for spec in (one for one in workloads.SHOP if one.uses_database):
        users: dict[str, dict[Environment, Color]] = {}
        for environment, color, image in _running(plan, spec.name):
            if wanted in ("both", environment.spoken):
                users.setdefault(image, {}).setdefault(environment, color)
        for image, by in users.items():
            yield _release(plan, spec, image, by, config, made_up)


def _running(plan: UpdatePlan, workload: Workload) -> Iterator[tuple[Environment, Color, str]]:
    """The images that will use the upgraded server: what serves production now, and what this update brings."""
    if plan.roles.served_by and (now := plan.releases.change(plan.roles.served_by, workload).before):
        yield Environment.PROD, plan.roles.served_by, now
    yield Environment.PROD, plan.active, plan.images[plan.active][workload]
    yield Environment.STG, plan.inactive, plan.images[plan.inactive][workload]


def _release(
    plan: UpdatePlan,
    spec: WorkloadSpec,
    image: str,
    by: Mapping[Environment, Color],
    config: Mapping[str, str],
    made_up: str,
) -> Release:
    settings, color = plan.settings, next(iter(by.values()))
    name = naming.workload_name(spec.name, color)
    return Release(
        spec=spec,
        image=image,
        used_by=" and ".join(environment.spoken for environment in by),
        color=color.value,
        pull_policy=workload_pull_policy(image, settings.pull.policy, plan.live.pulled.get(name)),
        pull_secret=settings.pull.secret,
        config=config,
        resources=settings.resources.of(spec.name),
        user=plan.security[name].user,
        account=settings.database.production_user,
        made_up=made_up,
        migration=settings.migration.command if spec.migrates else (),
        successes=settings.gate.successes,
        time_limit=settings.database.rehearsal_release_time_limit,
    )


def _backup(plan: UpdatePlan) -> BackupRequest:
    """The backup of production as it is served now, verified as the stack's other backups are."""
    database, backup = plan.settings.database.production, plan.settings.backup
    color = plan.roles.served_by or plan.active
    return BackupRequest(database, color.value, backup.keep, backup.time_limit, backup.verify, _RESTART)


def _boosted(database: DatabaseSettings) -> str:
    """The CPU limit of the steps that are not measured: as much as a backup may use."""
    boost, own = database.boost, database.cpu_limit
    return boost.cpu_limit if boost.enabled and is_larger(boost.cpu_limit, own) else own
