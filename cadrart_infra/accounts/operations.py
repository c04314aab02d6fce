"""Brings databases, accounts, passwords and grants on the server up to date, for the accounts' resource."""

from __future__ import annotations

from collections.abc import Mapping

from cadrart_infra import naming
from cadrart_infra.accounts.locked_accounts import read_password_times
from cadrart_infra.accounts.server import Passwords, change_root_password, ensure, forwarded_address
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import ValuesInUse, begin_change, note_root, read_in_use

_IN_PODS = {Account.PRODUCTION: Environment.PROD, Account.STAGING: Environment.STG}
"""The accounts that pods have, and whose."""


def ensure_accounts(kubectl: Kubectl, access: Access, *, change: bool) -> dict[str, float]:
    """Ensures everything; safe to repeat. Returns the Unix time at which each password was set.

    `change`: passwords of the Secrets are others than the server has; former ones stay good until all pods have these.
    """
    passwords.ensure_values(kubectl, naming.STAGING_TOKENS_SECRET, naming.TOKEN_KEYS)
    accounts = {
        Account.PRODUCTION: passwords.Credentials(
            access.production_user, passwords.read(kubectl, naming.APP_SECRET, naming.PASSWORD_KEY)
        ),
        Account.STAGING: passwords.ensure_account(kubectl, naming.STAGING_ACCOUNT_SECRET, access.staging_user),
        Account.SYNC: passwords.ensure_account(kubectl, naming.SYNC_ACCOUNT_SECRET, access.sync_user),
    }
    wanted = {one: accounts[account].password for account, one in _IN_PODS.items()}
    in_use = begin_change(kubectl, wanted) if change else read_in_use(kubectl)
    with forwarded_address(kubectl) as address:
        ensure(root_of(kubectl), address, access, Passwords(accounts, _former(in_use, accounts)))
    _change_root(kubectl, in_use)
    return read_password_times(root_of(kubectl), (one.user for one in accounts.values()))


def _former(in_use: ValuesInUse, accounts: Mapping[Account, passwords.Credentials]) -> dict[Account, str]:
    """The passwords that pods still use, where the Secrets already have others."""
    former = {
        account: in_use.values.get(environment, {}).get(naming.PASSWORD_KEY, "")
        for account, environment in _IN_PODS.items()
    }
    return {one: password for one, password in former.items() if password and password != accounts[one].password}


def _change_root(kubectl: Kubectl, in_use: ValuesInUse) -> None:
    """Changes root's password at once: only this program uses root, so it needs no second password.

    Noted at once, too: where the update fails after it, the Secret may have a third one by the next update.
    """
    password = passwords.read(kubectl, naming.APP_SECRET, naming.ROOT_PASSWORD_KEY)
    if in_use.recorded and password != in_use.root:
        change_root_password(root_of(kubectl), password)
        note_root(kubectl, password)
