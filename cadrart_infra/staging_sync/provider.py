"""Staging's copy, as Pulumi's dynamic provider makes it."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra.dynamic import Inputs, Provider, Recorded
from cadrart_infra.staging_sync.due import changed_rules
from cadrart_infra.staging_sync.inputs import SyncInputs


class StagingSyncProvider(Provider[SyncInputs]):
    """Makes staging's database a copy of production's when there is a reason to; otherwise only takes note.

    Staging's database stays when the stack goes.
    """

    INPUTS: ClassVar[type[Inputs]] = SyncInputs
    ID = "staging-copy"

    def is_change(self, old: SyncInputs, new: SyncInputs) -> bool:
        """Rules that came with this release are one too, where an older release recorded which ones it had."""
        return super().is_change(old, new) or bool(changed_rules(old, new))

    def perform(self, old: Recorded | None, new: SyncInputs) -> dict[str, Any]:
        """A new copy, the previous one, or neither."""
        from cadrart_infra.staging_sync.operations import bring_up_to_date

        return bring_up_to_date(old, new)
