"""The commands about the databases' contents: backups, their copies, restores, masking."""

import argparse
from pathlib import Path

from cadrart_infra import rights
from cadrart_infra.backup import copies
from cadrart_infra.backup.commands import INTERRUPTED_RESTORE, restore_and_record, show_backups
from cadrart_infra.backup.making import BackupRequest
from cadrart_infra.backup.operations import make_recorded_backup
from cadrart_infra.backup.prerequisites import require_claim
from cadrart_infra.cli.exclusive_access import exclusive_access
from cadrart_infra.cli.jobs import JobError
from cadrart_infra.cli.masking import as_commands, as_yaml, missing_rules
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.workspace import open_workspace
from cadrart_infra.interruption import leaving
from cadrart_infra.live import read_live

_CUT_BACKUP = (
    "The backup was interrupted; production was only read. What it left goes with the next backup or update. See the "
    "backups that are whole: cadrart restore"
)
_CUT_DOWNLOAD = "The download was interrupted; each file that is in the folder is whole. Run it again, and it goes on."
_CUT_UPLOAD = (
    "The upload was interrupted; the backup is on the claim whole, or not at all. See the backups there: "
    "cadrart restore"
)


def backup(options: argparse.Namespace, page: Page) -> int:
    """Makes a verified backup of production's database."""
    workspace = open_workspace(options, page)
    settings = workspace.settings
    color, wanted = read_live(workspace.kubectl()).production or settings.active_color, settings.backup
    rights.require(workspace.kubectl())
    require_claim(workspace.kubectl())
    holding = exclusive_access(workspace.kubectl(), "a backup of production", options.wait, page.line)
    with leaving(_CUT_BACKUP), holding, page.running("backup", "backup of production") as say:
        backup = make_recorded_backup(
            workspace.kubectl(),
            BackupRequest(
                settings.database.production, color.value, wanted.keep, wanted.time_limit, wanted.verify, before=""
            ),
            say,
        )
    page.line(f"{backup.name}\nThe way back: cadrart restore {backup.name}")
    return 0


def restore(options: argparse.Namespace, page: Page) -> int:
    """Restores a backup beside production or in its place; without a name, lists the backups."""
    workspace = open_workspace(options, page)
    settings = workspace.settings
    if not options.name and options.replace_production:
        raise JobError("No backup is named; nothing was changed. See those that there are: cadrart restore")
    if options.database is not None and options.database != settings.database.production:
        raise JobError(
            f"{options.database!r} is not the name of production's database in stack {workspace.stack}; "
            "nothing was changed."
        )
    kubectl, replace_production, ask = workspace.kubectl(), options.replace_production, not options.yes
    rights.require(kubectl)
    if not options.name:
        return show_backups(kubectl)
    holding = exclusive_access(kubectl, f"a restore of backup {options.name}", options.wait, page.line)
    with leaving(INTERRUPTED_RESTORE), holding:
        return restore_and_record(kubectl, options.name, replace_production=replace_production, ask=ask)


def download(options: argparse.Namespace, page: Page) -> int:
    """Copies a backup from the claim to a folder of this machine."""
    kubectl = open_workspace(options, page).kubectl()
    rights.require(kubectl)
    with leaving(_CUT_DOWNLOAD), page.running("download", f"a copy of backup {options.name}") as say:
        file = copies.download(kubectl, options.name, Path(options.folder), say)
    page.line(f"{file}\nIt holds your customers' data, unencrypted. Back to a claim: cadrart upload {file}")
    return 0


def upload(options: argparse.Namespace, page: Page) -> int:
    """Brings a copy of a backup back to the claim."""
    kubectl = open_workspace(options, page).kubectl()
    rights.require(kubectl)
    holding = exclusive_access(kubectl, "an upload of a backup", options.wait, page.line)
    with leaving(_CUT_UPLOAD), holding, page.running("upload", f"{options.file} to the claim") as say:
        backup = copies.upload(kubectl, Path(options.file), say)
    page.line(f"{backup.name}\nThe way back: cadrart restore {backup.name}")
    return 0


def masking(options: argparse.Namespace, page: Page) -> int:
    """Lists the columns that masking has no rule for."""
    workspace = open_workspace(options, page)
    found, now = missing_rules(workspace), workspace.settings.sync.masking
    if not found:
        page.line("Every column has a rule or is kept; masking lacks nothing.")
    else:
        page.line(as_commands(found, now, workspace.stack) if options.commands else as_yaml(found, now))
    return 0
