"""When a backup runs: pure functions over what the stack says now."""

from __future__ import annotations

from cadrart_infra.backup.inputs import BackupInputs


def backup_due(new: BackupInputs) -> bool:
    """Whether this update takes production from one colour to another, or gives it another release.

    `switch_from` is read from the cluster, not from what an earlier update recorded: a switch that was refused after
    its backup is a switch again when it is tried again, and by then production has newer rows. A first install is none,
    nor is an update that goes back before anything was switched.
    """
    return bool(new.switch_from) and (new.release or new.switch_from != new.active_color)


def announcement(new: BackupInputs) -> str:
    """What an update of the resource will do, for a preview."""
    if backup_due(new):
        kept = f"the newest {new.keep} backups are kept"
        if new.takes_back:
            return f"backup: {new.database} will be backed up when production has its older release back; {kept}"
        takes_over = f"{new.active_color} takes over from {new.switch_from}"
        before = f"{new.active_color} gets another release" if new.release else takes_over
        return f"backup: {new.database} will be backed up before {before}; {kept}"
    return "backup: none, because production stays where it is"
