"""One command for each daily job, for people and for CI: `python -m cadrart_infra`, or `cadrart` if installed.

A command reads what the cluster does, sets the settings in the stack's file, and runs the same program on the same
stack as `pulumi up`: both can be used in turn.
"""

import signal
from collections.abc import Sequence
from importlib import import_module


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that was typed, or `arguments`; Ctrl-C while its modules load ends it, without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    status: int = import_module("cadrart_infra.cli.command_line").main(arguments)
    return status
