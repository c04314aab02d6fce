"""A review's database: its Secrets, its accounts, and the masked copy of production's database."""

from __future__ import annotations

from cadrart_infra import naming
from cadrart_infra.accounts.server import Passwords, ensure, forwarded_address
from cadrart_infra.accounts.statements import Account
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.kinds import SECRET
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.review.errors import ReviewError
from cadrart_infra.review.masked_copy import CopyRequest, MaskedCopy, Servers, copy_masked
from cadrart_infra.settings import Settings
from cadrart_infra.shop_access import access_of
from cadrart_infra.shop_masking import effective_rules
from cadrart_infra.staging_sync.masking.keyed_rules import keyed_rules
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.server import server_endpoint
from cadrart_infra.terminal import Say


def make_secrets(shop: Kubectl, review: Kubectl, settings: Settings) -> None:
    """Makes the review's own Secrets, all generated; it copies only the shop's Secret that images are pulled with."""
    for name, keys in naming.REQUIRED_SECRETS.items():
        values = {key: secrets.generate() for key in keys}
        if naming.USER_KEY in values:
            values[naming.USER_KEY] = settings.database.production_user
        secrets.ensure_secret(review, name, values)
    name = settings.pull.secret
    if not name or review.find(SECRET, name):
        return
    found = shop.find(SECRET, name)
    if found is None:
        raise ReviewError(
            f"The Secret {name} (pull.secret) is not in the namespace {shop.namespace}; the review has no pods. Make "
            "it there, or set pull.secret to the right name."
        )
    kept = {key: found[key] for key in ("data", "type")}
    review.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **kept})


def copy_production(shop: Kubectl, review: Kubectl, settings: Settings, say: Say) -> MaskedCopy:
    """Makes the review's database a masked copy of production's; raises SyncError, MaskedCopyError or ClusterError.

    The review's server has to be up. Production's is reached as the sync's account, which cannot change production.
    """
    database = settings.database
    rules = keyed_rules(review, **effective_rules(settings.sync.masking.columns, settings.sync.masking.keep))
    with forwarded_address(review) as address:
        accounts = _accounts(review, settings)
        ensure(root_of(review), address, access_of(database), Passwords(accounts))
        ends = {account: address.endpoint(credentials) for account, credentials in accounts.items()}
        with server_endpoint(shop, settings.sync.address, settings.sync.ca) as production:
            servers = Servers(production, ends[Account.SYNC], ends[Account.STAGING])
            schemas = Schemas(database.production, database.staging)
            return copy_masked(servers, CopyRequest(schemas, rules, settings.sync.time_limit), say)


def _accounts(review: Kubectl, settings: Settings) -> dict[Account, secrets.Credentials]:
    """The same three accounts as in the shop, with passwords of their own; production's database is empty there."""
    database = settings.database
    return {
        Account.PRODUCTION: secrets.account(review, naming.APP_SECRET),
        Account.STAGING: secrets.ensure_account(review, naming.STAGING_ACCOUNT_SECRET, database.staging_user),
        Account.SYNC: secrets.ensure_account(review, naming.SYNC_ACCOUNT_SECRET, database.sync_user),
    }
