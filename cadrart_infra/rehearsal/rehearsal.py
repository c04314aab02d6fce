"""The rehearsal of an upgrade: a backup, the Job, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cadrart_infra import naming
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.making import Wanted
from cadrart_infra.backup.operations import make_recorded_backup
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import JobRunner, Say
from cadrart_infra.cluster.kinds import SECRET
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.database_server.pods import without
from cadrart_infra.database_server.state import read_server
from cadrart_infra.database_server.upgrade import Upgrade
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.image_pull import IF_NOT_PRESENT
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.pod_security import security_of
from cadrart_infra.rehearsal import errors
from cadrart_infra.rehearsal.job import RehearsalSpec, ServerImage, job
from cadrart_infra.server_variables import FILE, Variables, text_of

_ACCOUNTS = "SELECT CONCAT(user, '@', host), plugin FROM mysql.user WHERE plugin <> '' AND user <> 'root'"
_LOCKED = {"mysql.sys@localhost", "mysql.session@localhost", "mysql.infoschema@localhost", "mariadb.sys@localhost"}
"""The servers' own accounts, which nobody logs in with."""


@dataclass(frozen=True)
class RehearsalArgs:
    """What is to be rehearsed.

    `backup` is made first. `settings`: the stack's database.settings. `server_limits`, `work_limits`: of processor and
    memory, as the server has them after the restart and as the work around it gets them. `rehearse`: False for the
    backup alone. Times in seconds; `restart_timeout` is what the upgrade has to fit into.
    """

    upgrade: Upgrade
    backup: Wanted
    rehearse: bool
    settings: Variables
    server_limits: Mapping[str, str]
    work_limits: Mapping[str, str]
    time_limit: int
    restart_timeout: int


@dataclass(frozen=True)
class Found:
    """The new server, how many tables were compared, and how many seconds the upgrade took."""

    server: str
    tables: int
    seconds: int


class Rehearsal:
    """Everything that is done before a restart with another image. Safe to repeat."""

    def __init__(self, kubectl: Kubectl, args: RehearsalArgs, say: Say) -> None:
        self._kubectl, self._args, self._say = kubectl, args, say

    @property
    def announcement(self) -> str:
        """What comes before the restart, for a preview."""
        args = self._args
        upgrade = f"from {args.upgrade.before} to {args.upgrade.after}"
        if not args.rehearse:
            return (
                f"its upgrade {upgrade} is not rehearsed, for database.rehearse is false: first a backup of "
                f"{args.backup.database}, then the restart"
            )
        return (
            f"its upgrade {upgrade}: first a backup of {args.backup.database}, then a rehearsal on a copy of it, for "
            f"{args.time_limit} s at most, then the restart. If one fails, the server goes on as it runs"
        )

    def run(self) -> str:
        """What to say of it; raises RehearsalFailed with the server untouched."""
        upgrade = self._args.upgrade
        if not self._kubectl.find(SECRET, naming.SYNC_ACCOUNT_SECRET):
            raise errors.no_account(upgrade, naming.SYNC_ACCOUNT_SECRET)
        backup = self._back_up()
        if not self._args.rehearse:
            return f"database server: not rehearsed, for database.rehearse is false; backup {backup.name} is there"
        what = f"of {upgrade.before} → {upgrade.after}, on a copy from backup {backup.name}"
        with recorded(self._kubectl, Job.REHEARSAL, what, self._say) as work:
            found = self._rehearse(backup)
            work.facts = {"backup": backup.name, **asdict(found)}
            if found.seconds * 2 > self._args.restart_timeout:
                raise errors.too_slow(upgrade, found.seconds, self._args.restart_timeout)
        return (
            f"database server: rehearsed on a copy from backup {backup.name}: {found.tables} tables are equal, and "
            f"{found.server} took {found.seconds} s for its upgrade"
        )

    def _back_up(self) -> Backup:
        """As before a switch, with its entry in the history."""
        try:
            backup = make_recorded_backup(self._kubectl, self._args.backup, self._say)
        except BackupError as error:
            raise errors.no_backup(error, self._args.upgrade) from None
        self._say(f"backup {backup.summary()}")
        return backup

    def _rehearse(self, backup: Backup) -> Found:
        """What the last step printed."""
        hidden = passwords.values(self._kubectl, naming.APP_SECRET).values()
        runner = JobRunner(self._kubectl, job(self._spec(backup)), lambda line: self._tell(without(line, hidden)))
        try:
            return Found(**json.loads(runner.run()[-1]))
        except JobProblem as problem:
            raise errors.failed(problem, self._args.upgrade, backup.name, hidden) from None
        except (IndexError, TypeError, ValueError):
            raise errors.unheard(self._args.upgrade) from None

    def _tell(self, line: str) -> None:
        if not line.startswith("{"):
            self._say(f"rehearsal: {line}")

    def _spec(self, backup: Backup) -> RehearsalSpec:
        args, state = self._args, read_server(self._kubectl)
        assert state.template is not None
        assert state.deployment is not None
        now = state.template["spec"]["containers"][0]
        wanted = state.deployment["spec"]["template"]["spec"]["containers"][0]
        return RehearsalSpec(
            ServerImage(now["image"], IF_NOT_PRESENT, state.settings.get(FILE, text_of({}))),
            ServerImage(args.upgrade.after, wanted["imagePullPolicy"], text_of(args.settings)),
            backup,
            self._plugins(),
            security_of(state.template).user,
            args.server_limits,
            args.work_limits,
            args.time_limit,
        )

    def _plugins(self) -> str:
        try:
            found = root_of(self._kubectl).run(_ACCOUNTS)
        except DatabaseError as error:
            self._say(f"rehearsal: whether every account can log in afterwards is not known: {error}")
            return ""
        return "\n".join("\t".join(row) for row in found if row[0] not in _LOCKED)
