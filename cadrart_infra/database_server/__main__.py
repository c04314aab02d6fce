"""A command for a database server that does not start on its data files: begins with new ones.

  python -m cadrart_infra.database_server new-files

It keeps the files beside new, empty ones; see docs/database-server.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cadrart_infra import naming, rights, terminal
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.actor import run_of
from cadrart_infra.cluster.command_options import add_place, kubectl_of
from cadrart_infra.database_server.new_files import begin_with_new_files
from cadrart_infra.interruption import exit_status
from cadrart_infra.observed import require_answer


def main(arguments: Sequence[str] | None = None) -> int:
    """The program's exit status: 0, 1 where it refused, 130 where it was interrupted."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    kubectl = kubectl_of(options)
    require_answer(kubectl)
    rights.require(kubectl)
    if not options.yes and not _confirm():
        terminal.line("Nothing was changed.")
        return 1
    with lease.held(kubectl, run_of(os.getpid()), "new data files for the database server", terminal.line):
        begin_with_new_files(kubectl, terminal.line)
    terminal.line("It answers, and is empty. Restore a backup now: cadrart restore")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cadrart_infra.database_server", description="The way back for a database server."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    new_files = commands.add_parser("new-files", help="empty data files for a server that does not start on its own")
    new_files.add_argument("--yes", action="store_true", help="do not ask, for scripts")
    add_place(new_files)
    return parser


def _confirm() -> bool:
    """Asks a person to type the claim's name."""
    terminal.line(
        "The database server begins with empty data files; those that it has now are kept on the claim "
        f"{naming.DATABASE_CLAIM}, and nothing reads them any more."
    )
    claim = naming.DATABASE_CLAIM
    return terminal.answer(f"To do it, type the claim's name ({claim}): ") == claim


if __name__ == "__main__":
    sys.exit(main())
