"""The accounts of these tests, and what root and they run on a server."""

from dataclasses import replace

from cadrart_infra.accounts.server import Address, Passwords, ensure
from cadrart_infra.accounts.server_drift import ServerDrift, drift_queries, server_drift_of
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.session import Session
from sandbox.local_servers import LocalServer
from tests.database.harness import root_client

ACCESS = Access("atelier-cadrart", "atelier-cadrart-stg", "atelier-cadrart", "atelier-cadrart-stg", "cadrart-sync")
ACCOUNTS = {
    Account.PRODUCTION: Credentials("atelier-cadrart", "production's'passwörd €"),
    Account.STAGING: Credentials("atelier-cadrart-stg", "staging%password"),
    Account.SYNC: Credentials("cadrart-sync", "sync\\password"),
}
ACCOUNTS_OF = {credentials.user: credentials.password for credentials in ACCOUNTS.values()}
NO_DATABASE, NO_EXECUTE, DENIED = 1044, 1370, {1044, 1142, 1143}


def root_runs(local: LocalServer, *statements: str) -> list[list[str]]:
    return root_client(local).run(*statements)


def runs(local: LocalServer, account: Account, statement: str) -> int:
    """0, or the server's error number, for a statement of an account."""
    session = Session(Address(local.host, local.port).endpoint(ACCOUNTS[account]))
    try:
        session.run(statement)
    except DatabaseError as error:
        return error.number
    finally:
        session.close()
    return 0


def ensured(local: LocalServer, access: Access = ACCESS) -> None:
    ensure(root_client(local), Address(local.host, local.port), access, Passwords(ACCOUNTS))


def changed(local: LocalServer) -> ServerDrift:
    return replace(server_drift_of(ACCESS, root_runs(local, *drift_queries(ACCESS))), runtime_variables={})
