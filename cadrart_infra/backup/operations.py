"""Making, listing and loading backups, each by one Job beside the database."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from cadrart_infra import naming, workloads
from cadrart_infra.backup.backups import Backup, backup_name, listed
from cadrart_infra.backup.errors import BackupError, BackupFailed
from cadrart_infra.backup.jobs import JobSpec, job
from cadrart_infra.backup.making import LOADED, RELEASE, SWITCH, BackupRequest, Compared, compared_beside
from cadrart_infra.backup.prerequisites import require_claim, running_server
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import JobRunner
from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_of
from cadrart_infra.database_server.boost import boosted
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.model import Color
from cadrart_infra.mysql.error_numbers import REBUILT
from cadrart_infra.naming import BACKUP
from cadrart_infra.terminal import Say

_ATTEMPTS = 3
_OTHER_COLUMNS = 1054
_ALTERED = re.compile(rf"^ERROR (?:{'|'.join(map(str, (*REBUILT, _OTHER_COLUMNS)))}) ", re.M)
"""How the client reports a table that is another one, or has other columns, than when the backup was begun."""
_LIST_SECONDS = 120
_LOAD_SECONDS = 6 * 3600


CompareWith = Callable[[Kubectl, BackupRequest, Say], AbstractContextManager[Compared]]


def make_backup(kubectl: Kubectl, wanted: BackupRequest, say: Say, compare: CompareWith = compared_beside) -> Backup:
    """Makes a verified backup of the database that a colour serves; raises BackupFailed, production untouched.

    Reads as the sync's account, which may read production and change nothing there. Where production is altered
    meanwhile, by a migration say, it starts again.
    """
    try:
        with boosted(kubectl, say):
            return _attempts(kubectl, wanted, say, compare)
    except (BackupError, ClusterError, JobProblem) as error:
        untouched = f"Production is as it was, and {wanted.color} goes on serving it."
        what = error.with_outcome(untouched) if isinstance(error, JobProblem) else f"{error}\n  {untouched}"
        raise BackupFailed(_failed(wanted.before, what), str(error)) from None


def _attempts(kubectl: Kubectl, wanted: BackupRequest, say: Say, compare: CompareWith) -> Backup:
    """The backup of the first attempt in which production's tables are not altered."""
    for further in reversed(range(_ATTEMPTS)):
        with compare(kubectl, wanted, say) as compared:
            try:
                return _run_dump(kubectl, wanted, compared, say)
            except JobProblem as error:
                altered = _ALTERED.search("\n".join(error.lines)) or compared.altered()
                if not further or not altered:
                    raise
        say("production's tables were altered meanwhile: the backup starts again")
    raise AssertionError("the last attempt returns or raises")


def _failed(before: str, what: str) -> str:
    """The error for a failed backup, with what it keeps from beginning."""
    account = f"It reads with the account of the Secret {naming.SYNC_ACCOUNT_SECRET}."
    if not before:
        return f"The backup failed; no new one is kept. {what}\n  {account}"
    instead = f"; or {before} without a backup: pulumi config set --path backup.beforeSwitch false"
    return (
        f"The {before} did not begin, because the backup before it failed. {what}\n  {account} Then run pulumi up "
        f"again{instead if before in (SWITCH, RELEASE) else ''}"
    )


def _run_dump(kubectl: Kubectl, wanted: BackupRequest, compared: Compared, say: Say) -> Backup:
    spec = _dump(kubectl, wanted, compared.variables)

    def hear(line: str) -> None:
        if not line.startswith("{") and line != LOADED:
            say(line)
        compared.heard(line)

    try:
        lines = JobRunner(kubectl, job(spec), hear).run()
    except JobProblem:
        compared.require_same()  # then it failed for that
        raise
    return Backup.parse(lines[-1])


def _dump(kubectl: Kubectl, wanted: BackupRequest, comparison: Mapping[str, str]) -> JobSpec:
    """The Job that dumps, with the variables of its `comparison`."""
    now, color, server = kubectl.now(), wanted.color, running_server(kubectl)
    variables = {
        "DATABASE": wanted.database,
        "NAME": backup_name(now, color),
        "TIME": now.isoformat(timespec="seconds"),
        "SERVING": json.dumps({"color": color, "images": _images(kubectl, color)}),
        "KEEP": str(wanted.keep),
        **comparison,
    }
    return JobSpec(
        BACKUP,
        "dump",
        image=server.image,
        pull_policy=server.pull_policy,
        time_limit=wanted.time_limit,
        variables=variables,
        account_secret=naming.SYNC_ACCOUNT_SECRET,
        read_only=False,
        user=server.user,
        setting="backup.timeLimit",
    )


def make_recorded_backup(kubectl: Kubectl, wanted: BackupRequest, say: Say) -> Backup:
    """`make_backup`, with its entry in the history."""
    with recorded(kubectl, Job.BACKUP, f"of {wanted.database}, served by {wanted.color}", say) as work:
        backup = make_backup(kubectl, wanted, say)
        work.facts = backup.as_dict()
    return backup


def list_backups(kubectl: Kubectl) -> tuple[list[Backup], list[str]]:
    """The backups on the claim, newest first, and the names of those without a record."""
    require_claim(kubectl)
    server = running_server(kubectl)
    # A name of its own: two people may look at the same time.
    name = f"{BACKUP}-list-{secrets.token_hex(3)}"
    spec = JobSpec(name, "list", server.image, server.pull_policy, _LIST_SECONDS, user=server.user)
    return listed(JobRunner(kubectl, job(spec), lambda _: None).run())


def load(kubectl: Kubectl, backup: Backup, part: str, database: str, account_secret: str, say: Say) -> None:
    """Loads a backup's `tables` or its `events` into a database that exists; raises JobProblem."""
    server = running_server(kubectl)
    variables = {
        "NAME": backup.name,
        "SHA256": backup.sha256,
        "SOURCE": backup.database,
        "PART": part,
        "FORMAT": str(backup.format),
        "DATABASE": database,
    }
    name = f"{BACKUP}-restore"
    spec = JobSpec(
        name, "load", server.image, server.pull_policy, _LOAD_SECONDS, variables, account_secret, user=server.user
    )
    with boosted(kubectl, say):
        JobRunner(kubectl, job(spec), say).run()


def _images(kubectl: Kubectl, color: str) -> dict[str, str]:
    """What each of a colour's Deployments runs, by its name; raises BackupError where one is missing."""
    names = workloads.deployments(Color(color))
    found = {item["metadata"]["name"]: item for item in kubectl.objects(DEPLOYMENT)}
    if missing := [name for name in names if name not in found]:
        raise BackupError(
            f"There is no Deployment {', '.join(missing)} in namespace {kubectl.namespace}. Nothing was changed. "
            "Check the namespace, or run pulumi up first."
        )
    return {name: image_of(found[name]["spec"]["template"]) for name in names}
