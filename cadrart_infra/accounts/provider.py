"""The databases' accounts, as Pulumi's dynamic provider makes them."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra import naming
from cadrart_infra.accounts.locked_accounts import PASSWORDS_SET
from cadrart_infra.accounts.statements import Access
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded


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
        from cadrart_infra.accounts.operations import ensure_accounts

        times = ensure_accounts(Kubectl(new.namespace, new.context), new.access, change=bool(new.due))
        return {"due": [], "repairs": [], PASSWORDS_SET: times}
