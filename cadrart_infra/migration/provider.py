"""The migration of a database, as Pulumi's dynamic provider runs it."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded, say
from cadrart_infra.migration.due import migration_reasons
from cadrart_infra.migration.inputs import MigrationInputs


class MigrationProvider(Provider[MigrationInputs]):
    """Migrates when there is a reason to; otherwise only takes note. What was migrated stays when the stack goes."""

    INPUTS: ClassVar[type[Inputs]] = MigrationInputs
    ID = "migration"

    def is_change(self, old: MigrationInputs, new: MigrationInputs) -> bool:
        """A failed run records nothing, so that its reason is one again."""
        return bool(migration_reasons(old, new))

    def perform(self, old: Recorded | None, new: MigrationInputs) -> dict[str, Any]:
        """The Job; the inputs that are recorded say what it was run for."""
        from cadrart_infra.migration.operations import migrate

        if reasons := migration_reasons(MigrationInputs.read(old) if old else None, new):
            migrate(Kubectl(new.namespace, new.context), new, "; ".join(reasons), say)
        return {}
