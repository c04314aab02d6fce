"""The entry point of `cadrart`: parses the arguments, runs one command, returns its exit status."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from cadrart_infra import terminal
from cadrart_infra.cli.early_connection import connect_early
from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cli.options import parser
from cadrart_infra.cli.page import Page
from cadrart_infra.github.summary import add_to_summary
from cadrart_infra.github.text import clean, fenced
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.interruption import INTERRUPTED, Interrupted, interrupting_signals
from cadrart_infra.user_errors import UserError, run_exit_actions

_HOMES = {
    "release": "changes",
    "switch": "changes",
    "rollback": "changes",
    "sync": "changes",
    "deploy": "changes",
    "backup": "databases",
    "restore": "databases",
    "download": "databases",
    "upload": "databases",
    "masking": "databases",
    "preview": "previews",
    "drift": "previews",
    "status": "status",
    "review": "reviews",
    "recover": "locks",
    "unlock": "locks",
    "new-stack": "stacks",
}
"""The module of each command in `cadrart_infra.cli.commands`."""


_ONLY_REPORT = frozenset({"preview", "drift", "status", "masking"})
"""Commands that did nothing where nobody can read what they found."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command, or lists all. Returns 0: done, 1: refused or failed, 2: no such command, 130: interrupted."""
    terminal.open_closed_streams()
    typed = sys.argv[1:] if arguments is None else arguments
    page = Page(sys.stdout, live=sys.stdout.isatty())
    try:
        with interrupting_signals():
            options = parser(typed).parse_args(typed or ["--help"])
            connect_early(options, FOLDER)
            status = _command(options.command)(options, page)
    except Interrupted as error:
        page.line(f"\n{error}")
        status = INTERRUPTED
    except UserError as error:
        page.line(f"error: {error.explained()}")
        status = 1
    except KeyboardInterrupt:
        page.line("\ninterrupted; nothing was changed")
        status = INTERRUPTED
    if status == 0 and options.command in _ONLY_REPORT and (why := terminal.lost()):
        terminal.error_line(f"error: What {options.command} found could not be written: {why}; nothing was changed.")
        status = 1
    if page.text and list(typed[:1]) != ["preview"]:
        add_to_summary(fenced(clean(page.text, known_secrets(None))))
    if status == INTERRUPTED:
        run_exit_actions()
        sys.stdout.flush()
        os._exit(status)  # a check that nothing waits for any more would be waited for
    return status


def _command(name: str) -> Callable[[argparse.Namespace, Page], int]:
    """The function of a command; imports its module only now, so that `status` need not wait for the rest."""
    module = import_module(f"cadrart_infra.cli.commands.{_HOMES[name]}")
    found: Callable[[argparse.Namespace, Page], int] = getattr(module, name.replace("-", "_"))
    return found
