"""The end of a change of Secrets, as Pulumi's dynamic provider makes it."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra.accounts.completion.inputs import CompletionInputs
from cadrart_infra.accounts.locked_accounts import PASSWORDS_SET
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded


class SecretsCompletionProvider(Provider[CompletionInputs]):
    """When all pods have the new values: the former passwords are discarded, and what is in use is noted."""

    INPUTS: ClassVar[type[Inputs]] = CompletionInputs
    ID = "secrets-in-use"

    def is_change(self, _old: CompletionInputs, new: CompletionInputs) -> bool:
        """What the cluster has decides, not what was recorded."""
        return bool(new.due)

    def perform(self, _old: Recorded | None, new: CompletionInputs) -> dict[str, Any]:
        """What is in use now; a change of a value has an entry in the history."""
        from cadrart_infra.accounts.completion.operations import complete

        times = complete(Kubectl(new.namespace, new.context), new)
        return {"due": [], "changed": [], PASSWORDS_SET: times}
