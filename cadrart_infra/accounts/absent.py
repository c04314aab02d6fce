"""What is otherwise on the running server than the program leaves it: accounts, databases, rights and variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra import naming
from cadrart_infra.accounts import unfinished_restore
from cadrart_infra.accounts.admission import admission_questions, turned_away
from cadrart_infra.accounts.found_rights import FoundRights, questions, refused, wrong_rights
from cadrart_infra.accounts.provider import AccountsInputs
from cadrart_infra.accounts.shut import EXPIRED, LOCKED, PASSWORDS_SET, passwords_set, shut_accounts, times_of
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import BRIEFLY, root_of
from cadrart_infra.dynamic import outputs_of
from cadrart_infra.mysql import sql, variables, writes
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError

PasswordTimes = Mapping[str, float] | None
"""When each account's password was set by an update, in Unix time; None where no release noted it."""


@dataclass(frozen=True)
class Lost:
    """As people name it. `dropped`: accounts and databases; `shut`: accounts, each with what is wrong with it.

    `told`: what no update puts right by itself, in whole sentences.
    """

    dropped: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    other_password: tuple[str, ...] = ()
    """The accounts that got a password after the one that was noted: perhaps not their Secrets'."""
    backup_copy: str = ""
    """The database with a copy of production that a backup has made to be compared, and has not removed yet."""
    read_only: str = ""
    """The variable for which the server takes no writes."""
    told: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """The values of the server's variables that were asked for."""
    while_running: Mapping[str, str] = field(default_factory=dict)
    """The server's variables that a statement has set since it started, with their values."""
    persisted: tuple[str, ...] = ()
    """Those that go before every file at its next start."""


RECORDED_TYPE = "pulumi-python:dynamic/cadrart:DatabaseAccounts"
"""What Pulumi's state calls the resource of the accounts."""
COMPLETION_TYPE = "pulumi-python:dynamic/cadrart:SecretsCompletion"
"""The one at the end of a change of Secrets, which takes former passwords away."""
_ROOT_REFUSED = (
    f"The database server refuses root with {naming.ROOT_PASSWORD_KEY} of the Secret {naming.APP_SECRET}, so "
    "nothing of what somebody may have changed there was looked at. Put the password that root has on the server into "
    "the Secret, then run pulumi up."
)
_ACCOUNT, _DATABASE, _NOTES, _COPY = "account", "database", "notes", "copy"
_VALUE, _WHILE_RUNNING, _PERSISTED = "value", "while it runs", "persisted"
_SHUT = {LOCKED: "account {} is locked", EXPIRED: "the password of account {} has expired"}


def lost_on_server(kubectl: Kubectl, access: Access, names: Collection[str] = (), noted: PasswordTimes = None) -> Lost:
    """What is other on the server than the program made it; nothing where it cannot be asked now.

    It cannot before the first install, while it restarts, or by whoever may only look. `names`: the variables whose
    values are asked for. `noted`: when each account's password was set, as `noted_passwords` has it.
    """
    try:
        return lost(access, root_of(kubectl, BRIEFLY).run(*asked(access, names)), noted)
    except AccessDenied:
        return Lost(told=(_ROOT_REFUSED,))
    except (ClusterError, DatabaseError):
        return Lost()


def as_last_named(wanted: Access, recorded: Iterable[Mapping[str, Any]]) -> Access:
    """`wanted` with the names that the last update worked with: what has another name now is new, and not lost.

    `recorded`: Pulumi's resources, of which the accounts' is one unless there was no update yet.
    """
    before = outputs_of(recorded, RECORDED_TYPE)
    return wanted if before is None else wanted.named_as(AccountsInputs.read(before).access)


def noted_passwords(recorded: Collection[Mapping[str, Any]]) -> PasswordTimes:
    """By what Pulumi's resources have, `recorded`, without the accounts' before the first update."""
    accounts, completion = (outputs_of(recorded, one) for one in (RECORDED_TYPE, COMPLETION_TYPE))
    if accounts is None:
        return {}
    noted, later = (one.get(PASSWORDS_SET) or {} for one in (accounts, completion or {}))
    return {user: max(when, later.get(user, when)) for user, when in noted.items()} or None


def asked(access: Access, names: Collection[str] = ()) -> list[str]:
    """The statements whose rows `lost` takes."""
    users = [access.user(account) for account in Account]
    databases = sql.texts((access.production, access.staging))
    return [
        f"SELECT '{_ACCOUNT}', user FROM mysql.user WHERE host = '%' AND user IN ({sql.texts(users)})",
        f"SELECT '{_DATABASE}', schema_name FROM information_schema.schemata WHERE schema_name IN ({databases})",
        _notes_that_are_gone(access.staging),
        *shut_accounts(users),
        passwords_set(users),
        f"SELECT '{_COPY}', table_schema FROM information_schema.tables WHERE table_schema = "
        f"{sql.text(naming.comparison_database(access.staging))} AND table_name = {sql.text(naming.COMPARISON_PLAN)}",
        writes.question(),
        *questions(users),
        *admission_questions(users),
        unfinished_restore.question(access.production),
        variables.values_of(names, _VALUE),
        variables.set_while_it_runs(_WHILE_RUNNING),
        variables.persisted(_PERSISTED),
    ]


def _notes_that_are_gone(staging: str) -> str:
    """The database of the notes that say whose staging's is, where that holds something and there are none."""
    notes = sql.text(naming.notes_database(staging))
    return (
        f"SELECT DISTINCT '{_NOTES}', {notes} FROM information_schema.tables WHERE table_schema = {sql.text(staging)} "
        f"AND NOT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = {notes})"
    )


def lost(access: Access, rows: Sequence[Sequence[str]], noted: PasswordTimes = None) -> Lost:
    """From the rows of what was `asked`; `noted`: see `lost_on_server`."""
    found = {(kind, rest[0].lower()) for kind, *rest in rows if kind in (_ACCOUNT, _DATABASE)}
    wanted = [
        *((_ACCOUNT, access.user(one)) for one in Account),
        *((_DATABASE, one) for one in (access.production, access.staging)),
    ]
    there = [one for one in Account if (_ACCOUNT, access.user(one).lower()) in found]
    rights = FoundRights.read(rows)
    against = [line for one in there for line in refused(access, one, rights)]
    return Lost(
        dropped=(
            *(f"{kind} {name}" for kind, name in wanted if (kind, name.lower()) not in found),
            *(f"{_DATABASE} {row[1]}" for row in rows if row[0] == _NOTES),
        ),
        shut=(*_shut(rows), *(line for one in there for line in wrong_rights(access, one, rights))),
        other_password=tuple(user for user, when in times_of(rows).items() if when > (noted or {}).get(user, when)),
        backup_copy=next((row[1] for row in rows if row[0] == _COPY), ""),
        read_only=writes.refused_by(rows),
        told=(
            *against,
            *turned_away(access, rows, already=against),
            *unfinished_restore.unfinished(access.production, rows),
        ),
        variables={row[1]: "".join(row[2:]) for row in rows if row[0] == _VALUE},
        while_running={row[1]: "".join(row[2:]) for row in rows if row[0] == _WHILE_RUNNING},
        persisted=tuple(row[1] for row in rows if row[0] == _PERSISTED),
    )


def _shut(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    return (_SHUT[row[0]].format(row[1]) for row in rows if row[0] in _SHUT)
