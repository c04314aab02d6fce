"""The rehearsal of an upgrade: a backup, the Job, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from cadrart_infra import naming
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.making import BackupRequest
from cadrart_infra.backup.operations import make_recorded_backup
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import JobRunner
from cadrart_infra.cluster.kinds import SECRET
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import own_container
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.database_server.pods import without_secrets
from cadrart_infra.database_server.state import read_server
from cadrart_infra.database_server.upgrade import Upgrade
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.image_pull import IF_NOT_PRESENT
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.pod_security import security_of
from cadrart_infra.rehearsal import errors
from cadrart_infra.rehearsal.answers import answers_problem, is_answer
from cadrart_infra.rehearsal.job import RehearsalSpec, ServerToStart, job
from cadrart_infra.rehearsal.release import Release
from cadrart_infra.server_variables import FILE, Variables, file_text
from cadrart_infra.terminal import Say

_ACCOUNTS = "SELECT CONCAT(user, '@', host), plugin FROM mysql.user WHERE plugin <> '' AND user <> 'root'"
_LOCKED = {"mysql.sys@localhost", "mysql.session@localhost", "mysql.infoschema@localhost", "mariadb.sys@localhost"}
"""The servers' own accounts, with which nobody logs in."""


@dataclass(frozen=True)
class RehearsalArgs:
    """What is to be rehearsed."""

    upgrade: Upgrade
    backup: BackupRequest
    """Is made first."""
    rehearse: bool
    """False for the backup alone."""
    settings: Variables
    """The setting `database.settings`."""
    server_limits: Mapping[str, str]
    """Of processor and memory, as the server has them after the restart."""
    work_limits: Mapping[str, str]
    """The same for the work around it."""
    time_limit: int
    """Seconds."""
    restart_timeout: int
    """Seconds that the upgrade has to fit into."""
    releases: Sequence[Release] = ()
    """Each is started on a copy of its own."""


@dataclass(frozen=True)
class RehearsalResult:
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
        """What a preview says of the steps before the restart."""
        args = self._args
        upgrade = f"from {args.upgrade.before} to {args.upgrade.after}"
        if not args.rehearse:
            return (
                f"its upgrade {upgrade} is not rehearsed, because database.rehearse is false: first a backup of "
                f"{args.backup.database}, then the restart"
            )
        started = f", with {_names(args.releases)} started on it" if args.releases else ""
        return (
            f"its upgrade {upgrade}: first a backup of {args.backup.database}, then a rehearsal on a copy of it"
            f"{started}, for {args.time_limit} s at most, then the restart. If one fails, the server goes on as it runs"
        )

    def run(self) -> str:
        """Backs up and rehearses; returns the line to show. Raises RehearsalFailed with the server untouched."""
        upgrade = self._args.upgrade
        if not self._kubectl.find(SECRET, naming.SYNC_ACCOUNT_SECRET):
            raise errors.no_account(upgrade, naming.SYNC_ACCOUNT_SECRET)
        self._require_new_enough_cluster()
        backup = self._back_up()
        if not self._args.rehearse:
            return f"database server: not rehearsed, because database.rehearse is false; backup {backup.name} is there"
        what = f"of {upgrade.before} → {upgrade.after}, on a copy from backup {backup.name}"
        with recorded(self._kubectl, Job.REHEARSAL, what, self._say) as work:
            found = self._rehearse(backup)
            releases = [release.image for release in self._args.releases]
            work.facts = {"backup": backup.name, **asdict(found), **({"releases": releases} if releases else {})}
            if found.seconds * 2 > self._args.restart_timeout:
                raise errors.too_slow(upgrade, found.seconds, self._args.restart_timeout)
        return (
            f"database server: rehearsed on a copy from backup {backup.name}: {found.tables} tables are equal, and "
            f"{found.server} took {found.seconds} s for its upgrade{self._releases_are_healthy()}"
        )

    def _releases_are_healthy(self) -> str:
        if not self._args.releases:
            return ""
        verb = "is" if len(self._args.releases) == 1 else "are"
        return f"; {_names(self._args.releases)} {verb} healthy with it, and no migration is said to be missing"

    def _require_new_enough_cluster(self) -> None:
        if not self._args.releases:
            return
        version = json.loads(self._kubectl.ask("/version"))
        if int(version["major"]) == 1 and int(version["minor"].rstrip("+")) < errors.OLDEST:
            raise errors.too_old(self._args.upgrade, version["gitVersion"])

    def _back_up(self) -> Backup:
        """Makes the backup as before a switch, with an entry in the history."""
        try:
            backup = make_recorded_backup(self._kubectl, self._args.backup, self._say)
        except BackupError as error:
            raise errors.no_backup(error, self._args.upgrade) from None
        self._say(f"backup {backup.summary()}")
        return backup

    def _rehearse(self, backup: Backup) -> RehearsalResult:
        """The result on the first copy. Each release has a copy of its own, because it may migrate it."""
        releases: Sequence[Release | None] = self._args.releases or [None]
        first, *_ = [self._on_a_copy(backup, release) for release in releases]
        return first

    def _on_a_copy(self, backup: Backup, release: Release | None) -> RehearsalResult:
        """Runs one Job and returns its result; raises RehearsalFailed where it failed, or `release` is not fit."""
        hidden = [*passwords.values(self._kubectl, naming.APP_SECRET).values()]
        hidden += [release.made_up] if release else []
        lines = self._lines(backup, release, hidden)
        try:
            found = RehearsalResult(**json.loads(next(line for line in lines if _is_result(line))))
        except (StopIteration, TypeError, ValueError):
            raise errors.without_result(self._args.upgrade) from None
        if release and (what := answers_problem(release, lines)):
            raise errors.unfit(without_secrets(what, hidden), self._args.upgrade, backup.name)
        return found

    def _lines(self, backup: Backup, release: Release | None, hidden: Collection[str]) -> list[str]:
        spec = self._spec(backup, release)
        runner = JobRunner(self._kubectl, job(spec), lambda line: self._report(without_secrets(line, hidden)))
        if release:
            self._say(f"rehearsal: a copy is made for {release.name}")
        try:
            return runner.run()
        except JobProblem as problem:
            raise errors.failed(problem, self._args.upgrade, backup.name, hidden) from None

    def _report(self, line: str) -> None:
        if not _is_result(line) and not is_answer(line):
            self._say(f"rehearsal: {line}")

    def _spec(self, backup: Backup, release: Release | None) -> RehearsalSpec:
        args, state = self._args, read_server(self._kubectl)
        assert state.template is not None
        assert state.deployment is not None
        now = own_container(state.template)
        wanted = own_container(state.deployment["spec"]["template"])
        return RehearsalSpec(
            now=ServerToStart(now["image"], IF_NOT_PRESENT, state.settings.get(FILE, file_text({}))),
            wanted=ServerToStart(args.upgrade.after, wanted["imagePullPolicy"], file_text(args.settings)),
            backup=backup,
            plugins=self._plugins(),
            user=security_of(state.template).user,
            server_limits=args.server_limits,
            work_limits=args.work_limits,
            time_limit=args.time_limit,
            release=release,
        )

    def _plugins(self) -> str:
        try:
            found = root_of(self._kubectl).run(_ACCOUNTS)
        except DatabaseError as error:
            self._say(f"rehearsal: whether every account can log in afterwards is not known: {error}")
            return ""
        return "\n".join("\t".join(row) for row in found if row[0] not in _LOCKED)


def _is_result(line: str) -> bool:
    """Whether a line is the Job's result; a migration may print JSON of its own."""
    return line.startswith('{"server": ')


def _names(releases: Sequence[Release]) -> str:
    return " and ".join(release.name for release in releases)
