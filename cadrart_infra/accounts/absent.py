"""What somebody dropped or shut on the running server: accounts and databases that the program has made there."""

from __future__ import annotations

from dataclasses import dataclass

from cadrart_infra.accounts.shut import EXPIRED, LOCKED, shut_accounts
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import BRIEFLY, root_of
from cadrart_infra.mysql import sql, writes
from cadrart_infra.mysql.errors import DatabaseError


@dataclass(frozen=True)
class Lost:
    """As people name it. `dropped`: accounts and databases; `shut`: accounts, each with what is wrong with it."""

    dropped: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    read_only: bool = False
    """Whether the server takes no writes."""


_READ_ONLY = "read-only"
_SHUT = {LOCKED: "account {} is locked", EXPIRED: "the password of account {} has expired"}


def lost_on_server(kubectl: Kubectl, access: Access) -> Lost:
    """What the server lacks, or lets in no more; nothing where it cannot be asked now.

    It cannot before the first install, while it restarts, or by whoever may only look.
    """
    users, databases = [access.user(account) for account in Account], [access.production, access.staging]
    try:
        rows = root_of(kubectl, BRIEFLY).run(
            f"SELECT 'account', user FROM mysql.user WHERE host = '%' AND user IN ({sql.texts(users)})",
            "SELECT 'database', schema_name FROM information_schema.schemata "
            f"WHERE schema_name IN ({sql.texts(databases)})",
            *shut_accounts(users),
            f"SELECT '{_READ_ONLY}', '' FROM DUAL WHERE {writes.ARE_REFUSED}",
        )
    except (ClusterError, DatabaseError):
        return Lost()
    found = {(kind, name.lower()) for kind, name in rows}
    wanted = [*(("account", one) for one in users), *(("database", one) for one in databases)]
    dropped = (f"{kind} {name}" for kind, name in wanted if (kind, name.lower()) not in found)
    shut = (_SHUT[kind].format(name) for kind, name in rows if kind in _SHUT)
    return Lost(tuple(dropped), tuple(shut), any(kind == _READ_ONLY for kind, _ in rows))
