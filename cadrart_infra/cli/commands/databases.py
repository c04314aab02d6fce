"""Jobs about the databases' contents."""

import argparse

from cadrart_infra import rights
from cadrart_infra.backup import __main__ as backups
from cadrart_infra.backup.making import BackupRequest
from cadrart_infra.backup.operations import make_recorded_backup, require_claim
from cadrart_infra.cli.desk import open_desk
from cadrart_infra.cli.jobs import JobError
from cadrart_infra.cli.masking import as_commands, as_yaml, missing
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.turn import alone
from cadrart_infra.live import read_live


def backup(options: argparse.Namespace, page: Page) -> int:
    """A verified backup of production's database."""
    desk = open_desk(options, page)
    settings = desk.settings
    color, wanted = read_live(desk.kubectl()).production or settings.active_color, settings.backup
    rights.require(desk.kubectl())
    require_claim(desk.kubectl())
    page.begin("backup", "backup of production")
    holding = alone(desk.kubectl(), "a backup of production", options.wait, page.line)
    with holding, page.ticking():
        backup = make_recorded_backup(
            desk.kubectl(),
            BackupRequest(
                settings.database.production, color.value, wanted.keep, wanted.time_limit, wanted.verify, before=""
            ),
            lambda line: page.say("backup", line),
        )
        page.end("backup")
    page.line(f"{backup.name}\nThe way back: cadrart restore {backup.name}")
    return 0


def restore(options: argparse.Namespace, page: Page) -> int:
    """A backup beside production, or in its place; without a name: the list."""
    desk = open_desk(options, page)
    settings = desk.settings
    where = ["--namespace", settings.namespace, "--context", settings.kubernetes.context]
    if not options.name and options.replace_production:
        raise JobError("No backup is named; nothing was changed. See those that there are: cadrart restore")
    if not options.name:
        return backups.main(["list", *where])
    flags = [
        *(["--replace-production"] if options.replace_production else []),
        *(["--yes"] if options.yes else []),
    ]
    if options.database is not None and options.database != settings.database.production:
        raise JobError(
            f"{options.database!r} is not the name of production's database in stack {desk.stack}; nothing was changed."
        )
    with alone(desk.kubectl(), f"a restore of backup {options.name}", options.wait, page.line):
        return backups.main(["restore", *flags, *where, "--", options.name])


def masking(options: argparse.Namespace, page: Page) -> int:
    """The columns that masking has no rule for."""
    desk = open_desk(options, page)
    found, now = missing(desk), desk.settings.sync.masking
    if not found:
        page.line("Every column has a rule or is kept; masking lacks nothing.")
    else:
        page.line(as_commands(found, now, desk.stack) if options.commands else as_yaml(found, now))
    return 0
