"""Drift on the running database server: accounts, databases, rights and variables that somebody changed there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra import naming
from cadrart_infra.accounts import unfinished_restore
from cadrart_infra.accounts.found_rights import FoundRights, rights_queries, unrevoked_rights, wrong_rights
from cadrart_infra.accounts.locked_accounts import (
    EXPIRED,
    LOCKED,
    PASSWORDS_SET,
    locked_account_queries,
    password_times,
    password_times_query,
)
from cadrart_infra.accounts.login_problems import login_problems, login_queries
from cadrart_infra.accounts.provider import AccountsInputs
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import BRIEFLY, root_of
from cadrart_infra.dynamic import outputs_of
from cadrart_infra.mysql import read_only, sql, variables
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError

PasswordTimes = Mapping[str, float] | None
"""When each account's password was set by an update, in Unix time; None where no release noted it."""


@dataclass(frozen=True)
class ServerDrift:
    """What differs from what the program made. `missing`: dropped accounts and databases, as people name them.

    `account_problems`: accounts that an update repairs, each with its problem. `unrepairable`: what no update repairs,
    in whole sentences.
    """

    missing: tuple[str, ...] = ()
    account_problems: tuple[str, ...] = ()
    other_password: tuple[str, ...] = ()
    """Accounts whose password was set after the recorded time: perhaps not to their Secret's."""
    backup_copy: str = ""
    """The comparison database that a killed backup left, with its copy of production."""
    read_only: str = ""
    """The variable that makes the server read-only."""
    unrepairable: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """The values of the requested server variables."""
    runtime_variables: Mapping[str, str] = field(default_factory=dict)
    """Variables that a statement has set since the server started, with their values."""
    persisted_variables: tuple[str, ...] = ()
    """Variables of SET PERSIST, which override every file at the next start."""


RECORDED_TYPE = "pulumi-python:dynamic/cadrart:DatabaseAccounts"
"""The type token of the accounts' resource in Pulumi's state."""
COMPLETION_TYPE = "pulumi-python:dynamic/cadrart:SecretsCompletion"
"""The type token of the resource that ends a rotation of Secrets."""
_ROOT_REFUSED = (
    f"The database server refuses root with {naming.ROOT_PASSWORD_KEY} of the Secret {naming.APP_SECRET}, so "
    "nothing of what somebody may have changed there was looked at. Put the password that root has on the server into "
    "the Secret, then run pulumi up."
)
_ACCOUNT, _DATABASE, _NOTES, _COPY = "account", "database", "notes", "copy"
_VALUE, _WHILE_RUNNING, _PERSISTED = "value", "while it runs", "persisted"
_LOCKED_OR_EXPIRED = {LOCKED: "account {} is locked", EXPIRED: "the password of account {} has expired"}


def read_server_drift(
    kubectl: Kubectl, access: Access, names: Collection[str] = (), noted: PasswordTimes = None
) -> ServerDrift:
    """Reads the drift as root; empty if the server cannot be asked now.

    It cannot before the first install, while it restarts, or by whoever may only look. `names`: the variables whose
    values are asked for. `noted`: when each account's password was set, as `recorded_password_times` has it.
    """
    try:
        return server_drift_of(access, root_of(kubectl, BRIEFLY).run(*drift_queries(access, names)), noted)
    except AccessDenied:
        return ServerDrift(unrepairable=(_ROOT_REFUSED,))
    except (ClusterError, DatabaseError):
        return ServerDrift()


def with_recorded_names(wanted: Access, recorded: Iterable[Mapping[str, Any]]) -> Access:
    """`wanted` with the names of the last update, since what was renamed in the settings is new and not missing.

    `recorded`: the resources of Pulumi's state.
    """
    before = outputs_of(recorded, RECORDED_TYPE)
    return wanted if before is None else wanted.named_as(AccountsInputs.read(before).access)


def recorded_password_times(recorded: Collection[Mapping[str, Any]]) -> PasswordTimes:
    """When each account's password was set, by the resources of Pulumi's state (`recorded`)."""
    accounts, completion = (outputs_of(recorded, one) for one in (RECORDED_TYPE, COMPLETION_TYPE))
    if accounts is None:
        return {}
    noted, later = (one.get(PASSWORDS_SET) or {} for one in (accounts, completion or {}))
    return {user: max(when, later.get(user, when)) for user, when in noted.items()} or None


def drift_queries(access: Access, names: Collection[str] = ()) -> list[str]:
    """The statements whose rows `server_drift_of` reads."""
    users = [access.user(account) for account in Account]
    databases = sql.texts((access.production, access.staging))
    return [
        f"SELECT '{_ACCOUNT}', user FROM mysql.user WHERE host = '%' AND user IN ({sql.texts(users)})",
        f"SELECT '{_DATABASE}', schema_name FROM information_schema.schemata WHERE schema_name IN ({databases})",
        _missing_notes_query(access.staging),
        *locked_account_queries(users),
        password_times_query(users),
        f"SELECT '{_COPY}', table_schema FROM information_schema.tables WHERE table_schema = "
        f"{sql.text(naming.comparison_database(access.staging))} AND table_name = {sql.text(naming.COMPARISON_PLAN)}",
        read_only.read_only_query(),
        *rights_queries(users),
        *login_queries(users),
        unfinished_restore.unfinished_restore_query(access.production),
        variables.values_query(names, _VALUE),
        variables.runtime_set_query(_WHILE_RUNNING),
        variables.persisted_query(_PERSISTED),
    ]


def _missing_notes_query(staging: str) -> str:
    """Finds out whether the sync's notes are gone while staging's database holds tables."""
    notes = sql.text(naming.notes_database(staging))
    return (
        f"SELECT DISTINCT '{_NOTES}', {notes} FROM information_schema.tables WHERE table_schema = {sql.text(staging)} "
        f"AND NOT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = {notes})"
    )


def server_drift_of(access: Access, rows: Sequence[Sequence[str]], noted: PasswordTimes = None) -> ServerDrift:
    """The drift by the rows of `drift_queries`; `noted`: see `read_server_drift`."""
    found = {(kind, rest[0].lower()) for kind, *rest in rows if kind in (_ACCOUNT, _DATABASE)}
    wanted = [
        *((_ACCOUNT, access.user(one)) for one in Account),
        *((_DATABASE, one) for one in (access.production, access.staging)),
    ]
    there = [one for one in Account if (_ACCOUNT, access.user(one).lower()) in found]
    rights = FoundRights.read(rows)
    against = [line for one in there for line in unrevoked_rights(access, one, rights)]
    return ServerDrift(
        missing=(
            *(f"{kind} {name}" for kind, name in wanted if (kind, name.lower()) not in found),
            *(f"{_DATABASE} {row[1]}" for row in rows if row[0] == _NOTES),
        ),
        account_problems=(
            *_locked_or_expired(rows),
            *(line for one in there for line in wrong_rights(access, one, rights)),
        ),
        other_password=tuple(
            user for user, when in password_times(rows).items() if when > (noted or {}).get(user, when)
        ),
        backup_copy=next((row[1] for row in rows if row[0] == _COPY), ""),
        read_only=read_only.read_only_variable(rows),
        unrepairable=(
            *against,
            *login_problems(access, rows, already=against),
            *unfinished_restore.unfinished(access.production, rows),
        ),
        variables={row[1]: "".join(row[2:]) for row in rows if row[0] == _VALUE},
        runtime_variables={row[1]: "".join(row[2:]) for row in rows if row[0] == _WHILE_RUNNING},
        persisted_variables=tuple(row[1] for row in rows if row[0] == _PERSISTED),
    )


def _locked_or_expired(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    return (_LOCKED_OR_EXPIRED[row[0]].format(row[1]) for row in rows if row[0] in _LOCKED_OR_EXPIRED)
