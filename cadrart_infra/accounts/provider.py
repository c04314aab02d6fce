"""The databases' accounts, as Pulumi's dynamic provider makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cadrart_infra import naming
from cadrart_infra.accounts.server import Passwords, Server, change_root_password, ensure
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import pinned, root_of
from cadrart_infra.dynamic import Inputs, Provider, Recorded
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import ValuesInUse, begin_change, read_in_use

_IN_PODS = {Account.PRODUCTION: Environment.PROD, Account.STAGING: Environment.STG}
"""The accounts that pods have, and whose."""


class AccountsInputs(Inputs):
    """The databases and who works on them; `grants` is every statement, as a preview shows it.

    `due`: why passwords on the server change, `repairs`: what is put right there besides, as the program read both in
    the cluster. The first releases recorded neither, later ones all of it as `due`.
    """

    COUNTS = frozenset({"namespace", "access", "grants"})

    access: Access
    grants: list[str]
    due: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


class DatabaseAccountsProvider(Provider[AccountsInputs]):
    """Ensures databases, accounts and grants at creation and when the inputs change.

    Databases and accounts that are no longer named stay as they are, and so does everything when the stack goes.
    """

    INPUTS: ClassVar[type[Inputs]] = AccountsInputs
    ID = naming.DATABASE

    def is_change(self, old: AccountsInputs, new: AccountsInputs) -> bool:
        """A password that has changed in its Secret, a Secret or an account that is gone, is one too."""
        return super().is_change(old, new) or bool(new.due or new.repairs)

    def perform(self, _old: Recorded | None, new: AccountsInputs) -> dict[str, Any]:
        """Ensures everything, whatever was there."""
        kubectl, access = Kubectl(new.namespace, new.context), new.access
        passwords.ensure_values(kubectl, naming.STAGING_TOKENS_SECRET, naming.TOKEN_KEYS)
        accounts = {
            Account.PRODUCTION: passwords.Credentials(
                access.production_user, passwords.read(kubectl, naming.APP_SECRET, naming.PASSWORD_KEY)
            ),
            Account.STAGING: passwords.ensure_account(kubectl, naming.STAGING_ACCOUNT_SECRET, access.staging_user),
            Account.SYNC: passwords.ensure_account(kubectl, naming.SYNC_ACCOUNT_SECRET, access.sync_user),
        }
        wanted = {one: accounts[account].password for account, one in _IN_PODS.items()}
        in_use = begin_change(kubectl, wanted) if new.due else read_in_use(kubectl)
        with kubectl.forward_when_available(naming.DATABASE, naming.DATABASE_PORT) as port:
            server = Server("127.0.0.1", port, pinned(kubectl))
            ensure(root_of(kubectl), server, access, Passwords(accounts, _former(in_use, accounts)))
        _change_root(kubectl, in_use)
        return {"due": [], "repairs": []}


def _former(in_use: ValuesInUse, accounts: Mapping[Account, passwords.Credentials]) -> dict[Account, str]:
    """The passwords that pods have, where the Secrets have others by now."""
    former = {
        account: in_use.values.get(environment, {}).get(naming.PASSWORD_KEY, "")
        for account, environment in _IN_PODS.items()
    }
    return {one: password for one, password in former.items() if password and password != accounts[one].password}


def _change_root(kubectl: Kubectl, in_use: ValuesInUse) -> None:
    """Nobody but this program uses root, so that it needs no second password meanwhile."""
    password = passwords.read(kubectl, naming.APP_SECRET, naming.ROOT_PASSWORD_KEY)
    if in_use.recorded and password != in_use.root:
        change_root_password(root_of(kubectl), password)
