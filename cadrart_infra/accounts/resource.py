"""The databases' accounts as a Pulumi resource."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.accounts.preview_check import checked_in_preview
from cadrart_infra.accounts.provider import DatabaseAccountsProvider
from cadrart_infra.accounts.statements import Access, Account, grants, limit_connections, routine_reading


@dataclass(frozen=True, kw_only=True)
class DatabaseAccountsArgs:
    """The databases, who works on them, and where the server runs.

    `context` is the kubeconfig's context, empty for its current one; a change of it alone ensures nothing again. `due`
    and `repairs`: see `AccountsInputs`.
    """

    namespace: pulumi.Input[str]
    context: str
    access: Access
    due: Sequence[str] = ()
    repairs: Sequence[str] = ()


class DatabaseAccounts(Resource, module="cadrart", name="DatabaseAccounts"):
    """Databases, accounts and grants on the running server, whether its volume is new or had data before."""

    def __init__(self, name: str, args: DatabaseAccountsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "access": dataclasses.asdict(args.access),
            # Shown in a preview; a release of this program that grants more or less is a change.
            "grants": [
                *(statement for account in Account for statement in grants(args.access, account)),
                *(statement for account in Account for statement in limit_connections(args.access, account)),
                *(routine_reading(args.access, mariadb=mariadb) for mariadb in (False, True)),
            ],
            "due": list(args.due),
            "repairs": list(args.repairs),
        }
        super().__init__(DatabaseAccountsProvider(), name, inputs, checked_in_preview(opts))
