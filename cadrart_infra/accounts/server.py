"""Brings a running server's databases, accounts and grants to what they should be; safe to repeat."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cadrart_infra import naming
from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.found_rights import FoundRights, foreign_rights, rights_queries, unrevoked_rights
from cadrart_infra.accounts.locked_accounts import locked_account_queries, unlock_statements
from cadrart_infra.accounts.login_problems import login_problems, login_queries
from cadrart_infra.accounts.ownership import require_own_staging
from cadrart_infra.accounts.statements import (
    Access,
    Account,
    create_databases,
    grants,
    limit_connections,
    routine_reading,
)
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.database_server.connection import pinned_certificate
from cadrart_infra.database_server.remedies import what_to_do
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import accepts_password
from cadrart_infra.mysql.tls import Tls
from cadrart_infra.mysql.two_passwords import has_two, with_former, with_one

_PLAIN_QUOTES = "SET SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')"


_ROOT_HOSTS = ("localhost", "127.0.0.1", "::1", "%")
"""From where images let root in; a server that resolves no names passes over every other one."""


@dataclass(frozen=True)
class Address:
    """The host and port at which the server listens, and how TLS verifies it."""

    host: str
    port: int
    tls: Tls | None = None

    def endpoint(self, credentials: Credentials) -> Endpoint:
        """The server as one account reaches it."""
        return Endpoint(self.host, self.port, credentials.user, credentials.password, tls=self.tls)

    def accepts(self, credentials: Credentials) -> bool:
        """Whether an account can log in with its password; waits for a server that is starting."""
        return accepts_password(self.endpoint(credentials))


@contextlib.contextmanager
def forwarded_address(kubectl: Kubectl) -> Iterator[Address]:
    """Where the shop's server listens for this process while the block runs, once its pod is ready."""
    with kubectl.forward_when_available(naming.DATABASE, naming.DATABASE_PORT) as port:
        yield Address("127.0.0.1", port, pinned_certificate(kubectl))


@dataclass(frozen=True)
class Passwords:
    """The accounts as their Secrets have them, and the passwords that pods still use where those are others."""

    accounts: Mapping[Account, Credentials]
    former: Mapping[Account, str] = field(default_factory=dict, repr=False)


def ensure(root: RootClient, address: Address, access: Access, passwords: Passwords) -> None:
    """Creates missing databases and accounts, grants rights, and revokes those on the other environment.

    Data is never touched. Everything is looked at before anything is written: AccountsError is raised with the server
    as it was. An account whose former password is known gets its Secret's besides. Without that the production
    account's password is never changed, since running pods use it; the other accounts get their Secret's.
    """
    try:
        statements = _due(root, address, access, passwords)
    except AccessDenied:
        raise AccountsError(
            "The database server refuses root with DATABASE_ROOT_PASSWORD of the Secret cadrart-secret. "
            "Nothing was changed. Put the server's root password into the Secret and run pulumi up again."
        ) from None
    except DatabaseError as error:
        raise AccountsError(error.explained("Nothing was changed.", _remedy(error))) from None
    try:
        root.run(_PLAIN_QUOTES, *statements)
    except DatabaseError as error:
        raise AccountsError(
            error.explained(
                "No data was touched, but not all accounts and grants are as they should be.",
                _remedy(error),
                doing="bringing databases, accounts and grants up to date",
            )
        ) from None


def change_root_password(root: RootClient, password: str) -> None:
    """Gives root the Secret's password, from wherever it may log in; raises AccountsError."""
    try:
        named = sql.texts(_ROOT_HOSTS)
        hosts = [host for (host,) in root.run(f"SELECT host FROM mysql.user WHERE user = 'root' AND host IN ({named})")]
        users = (sql.user_at("root", host) for host in hosts)
        root.run(_PLAIN_QUOTES, *(f"ALTER USER {user} IDENTIFIED BY {sql.string(password)}" for user in users))
    except DatabaseError as error:
        raise AccountsError(
            error.explained(
                "No data was touched; root may have its former password.",
                _remedy(error),
                doing="changing root's password",
            )
        ) from None


def discard_former(root: RootClient, address: Address, credentials: Credentials) -> bool:
    """Leaves an account its Secret's password alone; False where it has no other. Raises AccountsError."""
    try:
        if not has_two(root, credentials.user) or not address.accepts(credentials):
            return False
        root.run(_PLAIN_QUOTES, *with_one(root, credentials.user, credentials.password))
    except DatabaseError as error:
        raise AccountsError(
            error.explained(
                f"Both passwords of {credentials.user} are good.",
                _remedy(error),
                doing="discarding a former password",
            )
        ) from None
    return True


def _remedy(error: DatabaseError) -> str:
    return what_to_do(error, "run pulumi up again", "Correct the cause and run pulumi up again.")


def _due(root: RootClient, address: Address, access: Access, passwords: Passwords) -> list[str]:
    """The statements that bring everything up to date; reads only."""
    noted = require_own_staging(root, access)
    existing = _existing(root, passwords.accounts.values())
    shut = root.run(*locked_account_queries(credentials.user for credentials in passwords.accounts.values()))
    statements = [*create_databases(access), *noted]
    found = FoundRights.read(root.run(*rights_queries(list(map(access.user, Account)))))
    for account, credentials in passwords.accounts.items():
        if credentials.user in existing:
            statements += _password(root, address, account, passwords, access)
            statements += unlock_statements(credentials, [why for why, user in shut if user == credentials.user])
        else:
            statements.append(f"CREATE USER {_user(credentials)} IDENTIFIED BY {sql.string(credentials.password)}")
        # What is taken back comes last: it may be what the account had its own database by.
        statements += [
            *grants(access, account),
            *limit_connections(access, account),
            *_revocations(access, account, found),
        ]
    return [*statements, routine_reading(access, mariadb=found.is_mariadb)]


def _user(credentials: Credentials) -> str:
    return sql.user_at_any_host(credentials.user)


def _existing(root: RootClient, accounts: Iterable[Credentials]) -> set[str]:
    names = sql.texts(credentials.user for credentials in accounts)
    return {row[0] for row in root.run(f"SELECT user FROM mysql.user WHERE host = '%' AND user IN ({names})")}


def _password(root: RootClient, address: Address, account: Account, passwords: Passwords, access: Access) -> list[str]:
    """The statements that give an existing account its Secret's password; empty if it has it."""
    credentials, former = passwords.accounts[account], passwords.former.get(account)
    accepted = address.accepts(credentials)
    former_is_good = bool(former) and address.accepts(replace(credentials, password=former or ""))
    if former and not (accepted and former_is_good):
        return with_former(root, credentials.user, credentials.password, former, former_is_good=former_is_good)
    if accepted:
        return []
    if account is Account.PRODUCTION:
        for reason in login_problems(access, root.run(*login_queries([credentials.user]))):
            raise AccountsError(f"Nothing was changed. {reason} Then run pulumi up again.")
        raise AccountsError(
            f"The database server refuses the production account {credentials.user} with DATABASE_PASSWORD of the "
            "Secret cadrart-secret. Nothing was changed, because running pods may use the server's password. "
            "Put the right one into the Secret and run pulumi up again. Where nobody knows it, and no pod goes on "
            "with it, give the account the Secret's, as root in the server's pod: "
            f"ALTER USER {_user(credentials)} IDENTIFIED BY '…'."
        )
    return [f"ALTER USER {_user(credentials)} IDENTIFIED BY {sql.string(credentials.password)}"]


def _revocations(access: Access, account: Account, found: FoundRights) -> Iterator[str]:
    """The statements that revoke an account's rights on the other environment's database.

    The script that this program follows granted both databases to one account, and a server that ran it still has
    that. Others are refused instead: somebody gave them for a reason.
    """
    for problem in unrevoked_rights(access, account, found):
        raise AccountsError(f"Nothing was changed. {problem} Then run pulumi up again.")
    user = sql.user_at_any_host(access.user(account))
    yield from (
        f"REVOKE {', '.join(more)} ON {place} FROM {user}" for place, more in foreign_rights(access, account, found)
    )
