"""Lists the backups of production's database, and restores one.

  python -m cadrart_infra.backup list
  python -m cadrart_infra.backup restore NAME                        beside production, to look at
  python -m cadrart_infra.backup restore NAME --replace-production   in production's place

It reaches the cluster as kubectl does; see docs/backup.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cadrart_infra import rights, terminal
from cadrart_infra.backup.backups import backup_table, lines_without_record
from cadrart_infra.backup.operations import list_backups
from cadrart_infra.backup.restore import RestoreRequest, restore
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.actor import run_of
from cadrart_infra.cluster.command_options import add_place, kubectl_of
from cadrart_infra.history.entry import REPLACES, Job
from cadrart_infra.history.store import recorded
from cadrart_infra.interruption import exit_status
from cadrart_infra.observed import require_answer


def main(arguments: Sequence[str] | None = None) -> int:
    """The program's exit status: 0, 1 where it refused, 130 where it was interrupted."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    kubectl = kubectl_of(options)
    require_answer(kubectl)
    rights.require(kubectl)  # a log that may not be read would look like a Job that said nothing
    if options.command == "list":
        backups, damaged = list_backups(kubectl)
        terminal.line(backup_table(backups) if backups else "There is no backup yet.")
        for problem in lines_without_record(damaged):
            terminal.error_line(f"error: {problem}.")
        return int(bool(damaged))
    ask = _say_only if options.yes else confirm
    request = RestoreRequest(options.name, options.replace_production, ask)
    where = "in production's place" if options.replace_production else "beside production"
    with (
        lease.held(kubectl, run_of(os.getpid()), f"a restore of backup {options.name}", terminal.line),
        recorded(kubectl, Job.RESTORE, f"of backup {options.name} {where}", terminal.line) as work,
    ):
        said = restore(kubectl, request, terminal.line)
        # The answer to the question may have been no.
        work.facts = {"result": said, REPLACES: options.replace_production}
    terminal.line(said)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cadrart_infra.backup", description="Backups of production's database."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="what there is")
    restoring = commands.add_parser("restore", help="restore one, beside production or in its place")
    restoring.add_argument("name", metavar="NAME", help="as `list` shows it, or: latest")
    restoring.add_argument(
        "--replace-production",
        action="store_true",
        help="put it in production's place; what production has now is kept in a database of its own",
    )
    restoring.add_argument("--yes", action="store_true", help="do not ask, for scripts")
    for command in (listing, restoring):
        add_place(command)
    return parser


def confirm(lost: str, database: str) -> bool:
    """Asks a person to type the database's name."""
    terminal.line(f"\n{lost}")
    return terminal.answer(f"To do it, type the database's name ({database}): ") == database


def _say_only(lost: str, _database: str) -> bool:
    terminal.line(f"\n{lost}")
    return True


if __name__ == "__main__":
    sys.exit(main())
