"""The guard: what must not be going on in production's database when a switch begins.

A new release migrates the database when it starts. Behind a long transaction its ALTER TABLE would wait for a lock, and
every request of production behind that: better to refuse while nothing has been touched.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.live import Live
from cadrart_infra.model import Color
from cadrart_infra.mysql import read_only, sql
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.promotion.production_probe import Problems
from cadrart_infra.promotion.time_budget import TimeBudget
from cadrart_infra.user_errors import UserError

_TRANSACTION, _STRUCTURE = "transaction", "structure"
_BRIEF = 2
"""Seconds that a change of a structure may take before it is in anybody's way."""
_CHANGES_STRUCTURE = "^[[:space:]]*(ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE|REPAIR)[[:space:]]"


class GuardRefused(UserError):
    """A switch cannot begin now; nothing was written."""


@dataclass(frozen=True)
class GuardSpec:
    """What a switch is to, and what is in its way."""

    namespace: str
    active: Color
    database: str
    """Production's."""
    long_transaction: int
    """Seconds; 0 for no such check."""
    release: bool = False
    """Whether the active colour gets another release instead, while it serves production."""
    goes_back: bool = False
    """Whether all that production gets has run with its database before: then nothing is a reason to refuse."""

    @property
    def update(self) -> str:
        """What is to begin, as part of a sentence."""
        return f"{'release' if self.release else 'switch'} to {self.active}"


class Guard:
    """Looks at production and its database before the first write of a switch, or of a release to production.

    Any other update passes at once.

    `server` reaches the database server as root, `production` asks production through its proxies. `migrating`: whether
    the release's migration runs already, begun by an update that was cut off; the next step waits for it.
    """

    served_well = False
    """Whether production answered well when the switch began: only then can the switch be what breaks it."""

    def __init__(
        self,
        spec: GuardSpec,
        live: Live,
        budget: TimeBudget,
        server: Callable[[], RootClient],
        production: Problems,
        migrating: Callable[[], bool] = lambda: False,
    ) -> None:
        self._spec, self._live, self._budget, self._server = spec, live, budget, server
        self._production, self._migrating = production, migrating

    def check(self) -> str:
        """A warning, or nothing to say, where a switch may begin; raises GuardRefused otherwise."""
        is_switch = self._live.is_switch_to(self._spec.active)
        if not is_switch and not self._spec.release:
            return ""
        self.served_well = is_switch and not self._production()
        warning = self._look() if self._spec.long_transaction else ""
        self._budget.start()
        return warning

    def _look(self) -> str:
        spec = self._spec
        try:
            problems = [] if self._migrating() else list(_problems(self._server(), spec))
        except (ClusterError, DatabaseError) as error:
            if not spec.goes_back:
                raise GuardRefused(self._not_known(error)) from None
            problems = [f"the database server could not be asked what runs in it: {error}"]
        if problems and not spec.goes_back:
            raise GuardRefused(self._refusal(problems))
        if not problems:
            return ""
        why = f"The {spec.update} goes on in spite of what runs in {spec.database}: production has run it before."
        return "\n  ".join([why, *problems])

    def _not_known(self, error: Exception) -> str:
        return (
            f"The {self._spec.update} did not begin, for the database server could not be asked what "
            f"runs in {self._spec.database}; every pod and proxy stays as it was.\n  {error}\n{_remedy(error)}"
        )

    def _refusal(self, problems: list[str]) -> str:
        spec = self._spec
        lines = "\n".join(f"  {problem}" for problem in problems)
        return (
            f"The {spec.update} did not begin, because of what runs in {spec.database}; "
            f"every pod and proxy stays as it was.\n{lines}\n"
            "  A migration would wait for it, and production's requests would wait for the migration.\n"
            "  Let it end and run pulumi up again, or end it, as root: kubectl "
            f"-n {spec.namespace} exec -it deployment/{naming.DATABASE} -- mysql -u root -p -e 'KILL <connection>'\n"
            f"  promotion.longTransaction ({spec.long_transaction} s) says what is long; 0 turns this check off."
        )


def _problems(server: RootClient, spec: GuardSpec) -> Iterator[str]:
    """What would hold up a migration, or refuse it.

    The server writes a transaction's start in its own time zone: so is its NOW().
    """
    for kind, connection, account, seconds, detail in _in_the_way(server, spec):
        if kind == read_only.KIND:
            yield f"the server takes no writes, for its {detail} is set. As root: {read_only.how_to_lift(detail)}"
            continue
        if kind == _TRANSACTION:
            what = f"a transaction of {account} has been open for {seconds} s and changed {detail} rows"
        else:
            what = f"{detail} by {account} has been running for {seconds} s"
        yield f"{what} (connection {connection})"


def _in_the_way(server: RootClient, spec: GuardSpec) -> list[list[str]]:
    """Long transactions, and changes of a structure that last: a pod that starts makes tables that are there."""
    asked = (
        "SET SESSION time_zone = 'SYSTEM'",
        _long_transactions(spec.database, spec.long_transaction),
        _structure_changes(spec.database),
        read_only.read_only_query("''", "''", "0"),
    )
    found = server.run(*asked)
    if any(map(_is_brief, found)):
        time.sleep(_BRIEF + 0.5)
        found = [row for row in server.run(*asked) if not _is_brief(row)]
    return found


def _is_brief(row: list[str]) -> bool:
    kind, _, _, seconds, _ = row
    return kind == _STRUCTURE and int(seconds) < _BRIEF


def _remedy(error: Exception) -> str:
    """What to do where the server could not be asked."""
    if isinstance(error, AccessDenied):
        return (
            f"  Put the server's root password into DATABASE_ROOT_PASSWORD of the Secret {naming.APP_SECRET} and run "
            "pulumi up again."
        )
    return "  Look at the server and at your access to the cluster, then run pulumi up again."


def _long_transactions(database: str, seconds: int) -> str:
    """A connection without a database may read from any: a dump does."""
    age = "TIMESTAMPDIFF(SECOND, t.trx_started, NOW())"
    return (
        f"SELECT '{_TRANSACTION}', p.ID, p.USER, {age}, t.trx_rows_modified FROM information_schema.INNODB_TRX t "
        "JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id "
        f"WHERE (p.DB = {sql.text(database)} OR p.DB IS NULL) AND {age} >= {seconds}"
    )


def _structure_changes(database: str) -> str:
    """Only the statement's verb is read: the rest may hold people's data."""
    return (
        f"SELECT '{_STRUCTURE}', ID, USER, TIME, UPPER(REGEXP_SUBSTR(INFO, '[A-Za-z]+')) "
        "FROM information_schema.PROCESSLIST "
        f"WHERE DB = {sql.text(database)} AND COMMAND IN ('Query', 'Execute') AND INFO REGEXP '{_CHANGES_STRUCTURE}'"
    )
