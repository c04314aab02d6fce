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
from cadrart_infra.backup.commands import INTERRUPTED_RESTORE, restore_and_record, show_backups
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.actor import run_of
from cadrart_infra.cluster.command_options import add_place, kubectl_of
from cadrart_infra.interruption import exit_status, leaving
from cadrart_infra.observed import require_answer


def main(arguments: Sequence[str] | None = None) -> int:
    """The program's exit status: 0, 1 where it refused, 130 where it was interrupted."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    kubectl = kubectl_of(options)
    require_answer(kubectl)
    rights.require(kubectl)
    if options.command == "list":
        return show_backups(kubectl)
    holding = lease.held(kubectl, run_of(os.getpid()), f"a restore of backup {options.name}", terminal.line)
    with leaving(INTERRUPTED_RESTORE), holding:
        return restore_and_record(
            kubectl, options.name, replace_production=options.replace_production, ask=not options.yes
        )


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


if __name__ == "__main__":
    sys.exit(main())
