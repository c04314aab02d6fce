"""The databases' accounts, as Pulumi's dynamic provider makes them."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra import naming
from cadrart_infra.accounts.server import Server, ensure
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.dynamic import Inputs, Provider, Recorded


class AccountsInputs(Inputs):
    """The databases and who works on them; `grants` is every statement, as a preview shows it."""

    COUNTS = frozenset({"namespace", "access", "grants"})

    access: Access
    grants: list[str]


class DatabaseAccountsProvider(Provider[AccountsInputs]):
    """Ensures databases, accounts and grants at creation and when the inputs change.

    Databases and accounts that are no longer named stay as they are, and so does everything when the stack goes.
    """

    INPUTS: ClassVar[type[Inputs]] = AccountsInputs
    ID = naming.DATABASE

    def perform(self, _old: Recorded | None, new: AccountsInputs) -> dict[str, Any]:
        """Ensures everything, whatever was there."""
        kubectl, access = Kubectl(new.namespace, new.context), new.access
        accounts = {
            Account.PRODUCTION: passwords.Credentials(
                access.production_user, passwords.read(kubectl, naming.APP_SECRET, passwords.PASSWORD_KEY)
            ),
            Account.STAGING: passwords.ensure_account(kubectl, naming.STAGING_ACCOUNT_SECRET, access.staging_user),
            Account.SYNC: passwords.ensure_account(kubectl, naming.SYNC_ACCOUNT_SECRET, access.sync_user),
        }
        with kubectl.forward_when_available(naming.DATABASE, 3306) as port:
            ensure(root_of(kubectl), Server("127.0.0.1", port), access, accounts)
        return {}
