"""A rehearsal of an upgrade: its parts, as the program plans them and as its Job has them."""

from collections.abc import Mapping
from typing import Any

from cadrart_infra.backup.backups import Backup
from cadrart_infra.database_server.upgrade import Upgrade
from cadrart_infra.rehearsal.job import RehearsalSpec, ServerToStart, job
from cadrart_infra.rehearsal.planned import rehearsal_of
from tests.unit.cluster_objects import FixedKubectl
from tests.unit.database_server.objects import deployment, replica_set
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan
from tests.unit.rehearsal.releases import CONFIG

UPGRADE = Upgrade("mysql:8.4", "mysql:9.7")
BACKUP = Backup(
    "20261126-140000-blue", "shop", "2026-11-26T14:00:00+00:00", "8.4.6", "blue", {}, 9, 0, 10, "ab", 5 << 30
)
SPEC = RehearsalSpec(
    ServerToStart("mysql:8.4", "Always", "[mysqld]\n"),
    ServerToStart("mysql:9.7", "IfNotPresent", "[mysqld]\nback_log = 7\n"),
    BACKUP,
    "shop@%\tcaching_sha2_password",
    999,
    {"cpu": "100m", "memory": "512Mi"},
    {"cpu": "1", "memory": "512Mi"},
    600,
)


def of(*objects: Any, settings: Mapping[str, Any] | None = None, **database: Any) -> Any:
    """The plan of an update with these settings of the server, of which mysql:8.0 runs, and other `settings`."""
    runs = [deployment(), replica_set("db-1", 1, 1)]
    pods = runs[0]["spec"] | {"template": runs[1]["spec"]["template"]}
    now = live([*BLUE_IS_PRODUCTION, runs[0] | {"spec": pods}, runs[1], *objects])
    return plan(now, now.production, database=database, **(settings or {}))  # type: ignore[arg-type]


def planned(settings: Mapping[str, Any] | None = None, **database: Any) -> Any:
    kubectl: Any = FixedKubectl([])
    plan = of(settings=settings, **database)
    return rehearsal_of(plan, plan.server.upgrade, kubectl, CONFIG) if plan.server.upgrade else None


def steps(spec: RehearsalSpec) -> list[dict[str, Any]]:
    """Its containers, in the order in which they run."""
    pod = job(spec).manifest["spec"]["template"]["spec"]
    return [*pod["initContainers"], *pod["containers"]]


def variables(step: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in step["env"]}
