"""One command for each daily job, for people and for CI: `python -m cadrart_infra`, or `cadrart` if installed.

A command reads what the cluster does, sets the settings in the stack's file, and runs the same program on the same
stack as `pulumi up`: both can be used in turn.
"""

from cadrart_infra.cli.command_line import main

__all__ = ["main"]
