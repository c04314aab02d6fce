"""What the commands for people do with backups: list them, or restore one, with a question and a record."""

from __future__ import annotations

from cadrart_infra import naming, terminal, workloads
from cadrart_infra.backup.backups import Backup, backup_table, lines_without_record
from cadrart_infra.backup.operations import list_backups
from cadrart_infra.backup.restore import RestoreRequest, restore
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.entry import IMAGES, REPLACES, Job
from cadrart_infra.history.store import recorded
from cadrart_infra.model import Color

INTERRUPTED_RESTORE = "The restore was interrupted; what the lines above say is done, and no more."
"""Where a signal ends it before or after its work, which knows better; after an exchange, too."""


def show_backups(kubectl: Kubectl) -> int:
    """Prints what there is; returns the exit status: 1 where a backup is missing or damaged.

    The caller has looked at the rights: a log that may not be read would look like a Job that said nothing.
    """
    backups, damaged = list_backups(kubectl)
    terminal.line(backup_table(backups) if backups else "There is no backup yet.")
    for problem in lines_without_record(damaged):
        terminal.error_line(f"error: {problem}.")
    return int(bool(damaged))


def restore_and_record(kubectl: Kubectl, name: str, *, replace_production: bool, ask: bool) -> int:
    """Restores one and prints the report; returns 0. Raises BackupError.

    The caller has looked at the rights, and holds the Lease.
    `ask`: whether a person is asked before production is touched; otherwise what is lost is only said.
    """
    where = "in production's place" if replace_production else "beside production"
    with recorded(kubectl, Job.RESTORE, f"of backup {name} {where}", terminal.line) as work:

        def replaced(backup: Backup | None) -> None:
            work.facts |= {REPLACES: True, IMAGES: _images(backup) if backup else {}}

        request = RestoreRequest(name, replace_production, confirm if ask else _say_only, replaced)
        said = restore(kubectl, request, terminal.line)
        work.facts["result"] = said
    terminal.line(said)
    return 0


def _images(backup: Backup) -> dict[str, str]:
    """What ran with the database when it was backed up, by workload."""
    named = {naming.workload_name(workload, color): workload for workload in workloads.names() for color in Color}
    return {str(named[name]): image for name, image in backup.images.items() if name in named}


def confirm(lost: str, database: str) -> bool:
    """Asks a person to type the database's name."""
    terminal.line(f"\n{lost}")
    return terminal.answer(f"To do it, type the database's name ({database}): ") == database


def _say_only(lost: str, _database: str) -> bool:
    terminal.line(f"\n{lost}")
    return True
