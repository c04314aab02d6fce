"""The backup before a switch, as Pulumi's dynamic provider makes it."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra.backup.due import backup_due
from cadrart_infra.backup.errors import BackupFailed
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded, say


class BackupProvider(Provider[BackupInputs]):
    """Backs production up where a backup is due; otherwise only takes note. The backups stay on their claim."""

    INPUTS: ClassVar[type[Inputs]] = BackupInputs
    ID = "backup-before-switch"

    def is_change(self, _old: BackupInputs, new: BackupInputs) -> bool:
        """Whatever is recorded: before a switch that was refused there is another backup with the next try."""
        return backup_due(new)

    def perform(self, old: Recorded | None, new: BackupInputs) -> dict[str, Any]:
        """A backup where one is due; `last`: the newest one, None before the first."""
        if not backup_due(new):
            return _as_before(old)
        from cadrart_infra.backup.making import RELEASE, SWITCH, BackupRequest
        from cadrart_infra.backup.operations import make_recorded_backup

        kubectl = Kubectl(new.namespace, new.context)
        before = RELEASE if new.release else SWITCH
        wanted = BackupRequest(new.database, new.switch_from, new.keep, new.time_limit, new.verify, before)
        try:
            backup = make_recorded_backup(kubectl, wanted, say)
        except BackupFailed as error:
            if not new.goes_back:
                raise
            went = "has its older release back" if new.takes_back else "goes back"
            say(f"warning: production {went} without a backup, because it failed. {error.why}")
            return _as_before(old)
        say(f"backup {backup.summary()}")
        return {"last": backup.as_dict()}


def _as_before(old: Recorded | None) -> dict[str, Any]:
    """The newest backup that is recorded. Pulumi keeps no None, so that before the first one there is no such key."""
    return {"last": (old or {}).get("last")}
