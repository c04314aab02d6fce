"""Create, update and delete of the databases' accounts, as Pulumi's dynamic provider calls them."""

from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider, UpdateResult

from cadrart_infra import naming
from cadrart_infra.accounts.server import Server, ensure
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server import root_of
from cadrart_infra.user_errors import told_as_sentence

LOCAL_INPUTS = ("context", "__provider")
"""How the cluster is reached from here, and how this code is referred to: neither says anything about accounts."""


class DatabaseAccountsProvider(ResourceProvider):
    """Ensures databases, accounts and grants at creation and when the inputs change.

    Passwords are read from Kubernetes Secrets inside the operation and are neither inputs nor outputs.
    """

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only what the server holds counts; a moved kubeconfig or edited code is no reason to touch it."""
        keys = (_olds.keys() | _news.keys()) - set(LOCAL_INPUTS)
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in keys))

    @told_as_sentence
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Ensures everything; safe to repeat after an interruption."""
        return CreateResult(naming.DATABASE, _ensure(props))

    @told_as_sentence
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Ensures everything anew; databases and accounts that are no longer named stay as they are."""
        return UpdateResult(_ensure(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Nothing: databases, accounts and Secrets stay with the volume that outlives the stack."""


def _ensure(props: dict[str, Any]) -> dict[str, Any]:
    kubectl = Kubectl(props["namespace"], props["context"])
    access = Access(**props["access"])
    accounts = {
        Account.PRODUCTION: passwords.Credentials(
            access.production_user, passwords.read(kubectl, naming.APP_SECRET, passwords.PASSWORD_KEY)
        ),
        Account.STAGING: passwords.ensure_account(kubectl, naming.STAGING_ACCOUNT_SECRET, access.staging_user),
        Account.SYNC: passwords.ensure_account(kubectl, naming.SYNC_ACCOUNT_SECRET, access.sync_user),
    }
    with kubectl.forward_when_rolled_out(naming.DATABASE, 3306) as port:
        ensure(root_of(kubectl), Server("127.0.0.1", port), access, accounts)
    return {key: value for key, value in props.items() if key != "__provider"}
