"""Brings a running server's databases, accounts and grants to what they should be; safe to repeat."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pymysql
import tenacity

from cadrart_infra.database_accounts.passwords import Credentials
from cadrart_infra.database_accounts.statements import (
    Access,
    Account,
    create_databases,
    grants,
    identifier,
    user_at_any_host,
)
from cadrart_infra.user_errors import UserError

_ACCESS_DENIED = {1045, 1698}
_NO_SUCH_GRANT = 1141


class AccountsError(UserError):
    """The databases and accounts could not be ensured; the text tells a user why and what to do."""


@dataclass(frozen=True)
class Server:
    """Where the server listens."""

    host: str
    port: int

    @contextlib.contextmanager
    def connect(self, credentials: Credentials) -> Iterator["pymysql.connections.Connection[Any]"]:
        """A connection as an account, closed at the end; waits out a server that is just starting."""
        connection = _open(self, credentials)
        try:
            yield connection
        finally:
            connection.close()

    def accepts(self, credentials: Credentials) -> bool:
        """Whether an account may log in with its password."""
        try:
            with self.connect(credentials):
                return True
        except pymysql.err.OperationalError as error:
            if error.args[0] in _ACCESS_DENIED:
                return False
            raise


def _is_starting(error: BaseException) -> bool:
    return isinstance(error, pymysql.err.OperationalError) and error.args[0] in (2003, 2013)


@tenacity.retry(
    retry=tenacity.retry_if_exception(_is_starting),
    wait=tenacity.wait_fixed(1),
    stop=tenacity.stop_after_delay(30),
    reraise=True,
)
def _open(server: Server, credentials: Credentials) -> "pymysql.connections.Connection[Any]":
    return pymysql.connect(
        host=server.host,
        port=server.port,
        user=credentials.user,
        password=credentials.password,
        connect_timeout=10,
        autocommit=True,
    )


def ensure(
    server: Server,
    access: Access,
    root_password: str,
    accounts: Mapping[Account, Credentials],
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Creates databases and accounts that are missing, grants what is due, and takes back what crosses over.

    Data is never touched. The production account's password is never changed, since running pods use it: where its
    Secret does not fit, AccountsError is raised before anything is written. The other accounts get their Secret's.
    """
    root = Credentials("root", root_password)
    if not server.accepts(root):
        raise AccountsError(
            "The database server refuses root with DATABASE_ROOT_PASSWORD of the Secret cadrart-secret. "
            "Nothing was changed. Put the server's root password into the Secret and run pulumi up again."
        )
    with server.connect(root) as connection, connection.cursor() as cursor:
        _require_production_password(server, cursor, accounts[Account.PRODUCTION])
        for statement in create_databases(access):
            cursor.execute(statement)
        for account, credentials in accounts.items():
            _ensure_account(server, cursor, account, credentials)
            _take_back(cursor, access, account)
            for statement in grants(access, account):
                cursor.execute(statement)
            progress(f"account {credentials.user}: ready")


def _require_production_password(server: Server, cursor: Any, credentials: Credentials) -> None:
    if _exists(cursor, credentials.user) and not server.accepts(credentials):
        raise AccountsError(
            f"The database server refuses the production account {credentials.user} with DATABASE_PASSWORD of the "
            "Secret cadrart-secret. Nothing was changed, for running pods may use the server's password. "
            "Put the right one into the Secret and run pulumi up again."
        )


def _exists(cursor: Any, user: str) -> bool:
    return bool(cursor.execute("SELECT 1 FROM mysql.user WHERE user = %s AND host = '%%'", (user,)))


def _ensure_account(server: Server, cursor: Any, account: Account, credentials: Credentials) -> None:
    """The account with its Secret's password; an account that can log in already is left as it is."""
    name = user_at_any_host(credentials.user).replace("%", "%%")
    if not _exists(cursor, credentials.user):
        cursor.execute(f"CREATE USER {name} IDENTIFIED BY %s", (credentials.password,))
    elif account is not Account.PRODUCTION and not server.accepts(credentials):
        cursor.execute(f"ALTER USER {name} IDENTIFIED BY %s", (credentials.password,))


def _take_back(cursor: Any, access: Access, account: Account) -> None:
    """Revokes an application's rights on the other application's database, and refuses rights on every database.

    The request's own script granted both databases to one account; a server that ran it still has that.
    """
    if account is Account.SYNC:
        return
    user = user_at_any_host(access.user(account))
    other = access.staging if account is Account.PRODUCTION else access.production
    cursor.execute(f"SHOW GRANTS FOR {user}")
    for (grant,) in cursor.fetchall():
        target = grant.partition(" ON ")[2].partition(" TO ")[0]
        if target == "*.*" and not grant.startswith("GRANT USAGE"):
            raise AccountsError(
                f"The account {access.user(account)} has rights on every database "
                f"({grant.partition(' IDENTIFIED')[0]}). An application may have rights on its own database only. "
                f"Take them back as root, then run pulumi up again: REVOKE ALL PRIVILEGES, GRANT OPTION FROM {user};"
            )
        if target.replace("\\", "") == f"{identifier(other)}.*":
            _revoke(cursor, target, user)


def _revoke(cursor: Any, target: str, user: str) -> None:
    try:
        cursor.execute(f"REVOKE ALL PRIVILEGES ON {target} FROM {user}")
    except pymysql.err.OperationalError as error:
        if error.args[0] != _NO_SUCH_GRANT:
            raise
