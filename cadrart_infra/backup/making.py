"""Makes a backup: a Job dumps and reloads it, and this program compares the result with production."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from cadrart_infra import naming
from cadrart_infra.backup.comparison import DISCARD, KEEP, Comparison, removed_afterwards
from cadrart_infra.backup.contents import Contents
from cadrart_infra.backup.databases import comparison_database
from cadrart_infra.backup.errors import NotTheSame, explained_to_maker
from cadrart_infra.backup.restore_account import RestoreAccount, existing_account
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.job_runner import remove_job
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import forwarded_endpoint, root_of
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.session import Session
from cadrart_infra.terminal import Say

LOADED = "loaded"
"""The line with which the Job says that the backup waits to be compared."""
SWITCH, RELEASE = "switch", "release"
"""What a backup stands before by the settings, as people call it."""
LOAD, READ = "load", "read"
"""How a backup is verified: loaded beside production and compared, or only read from its beginning to its end."""


@dataclass(frozen=True)
class BackupRequest:
    """A backup that is to be made."""

    database: str
    color: str
    """The colour that serves the database."""
    keep: int
    """How many backups stay."""
    time_limit: int
    """Seconds."""
    verify: str = LOAD
    before: str = SWITCH
    """What does not begin without it, as people call it; empty for one that was asked for by itself."""


class Compared(Protocol):
    """The comparison as the Job needs it: its variables, and who gets the lines of its log."""

    variables: Mapping[str, str]

    def heard(self, line: str) -> None:
        """A line of the Job's log."""

    def require_same(self) -> None:
        """Raises NotTheSame with the names of what differs."""

    def altered(self) -> bool:
        """Whether production's definitions are others by now than when the backup was begun."""


@dataclass
class Beside:
    """The comparison of one backup with production, in the comparison database."""

    comparison: Comparison
    before: Contents
    say: Say
    variables: Mapping[str, str]
    reasons: list[str] = field(default_factory=list)

    def heard(self, line: str) -> None:
        """See Compared. The Job waits meanwhile."""
        if line == LOADED:
            self.reasons = self.comparison.reasons_against(self.before)
            self.comparison.answer(DISCARD if self.reasons else KEEP)
            if not self.reasons:
                self.say(f"compared: {len(self.before.tables)} tables came back as they were")

    def require_same(self) -> None:
        """See Compared."""
        if self.reasons:
            raise NotTheSame(self.reasons)

    def altered(self) -> bool:
        """See Compared; False where the server does not say."""
        with contextlib.suppress(DatabaseError):
            return bool(self.comparison.reasons_of_change(self.before))
        return False


@contextlib.contextmanager
def _trusted(kubectl: Kubectl, production: str, beside: str, say: Say) -> Iterator[Session]:
    """The temporary account of a restore, while the block runs."""
    account = RestoreAccount(root_of(kubectl), replace(RestoreNames.of(production, datetime.now(UTC)), restored=beside))
    with (
        existing_account(kubectl, account, say) as credentials,
        forwarded_endpoint(kubectl, credentials) as endpoint,
        closing(Session(endpoint)) as session,
    ):
        yield session


@contextlib.contextmanager
def compared_beside(kubectl: Kubectl, wanted: BackupRequest, say: Say) -> Iterator[Compared]:
    """The database for the comparison while the block runs; errors of the server are explained."""
    account = passwords.account(kubectl, naming.SYNC_ACCOUNT_SECRET)
    beside = comparison_database(kubectl)
    remove_job(kubectl, naming.BACKUP)  # of a run that was killed: it might still write there
    try:
        with forwarded_endpoint(kubectl, account) as endpoint, closing(Session(endpoint)) as session:
            trusted = partial(_trusted, kubectl, wanted.database, beside, say)
            comparison = Comparison(session, wanted.database, beside, trusted)
            with removed_afterwards(comparison):
                before = comparison.begin(endpoint, loads=wanted.verify == LOAD)
                yield Beside(comparison, before, say, {"COMPARISON": beside, "VERIFY": wanted.verify})
    except DatabaseError as error:
        raise explained_to_maker(error) from None
