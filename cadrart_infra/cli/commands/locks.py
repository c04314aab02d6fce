"""What a killed update leaves."""

import argparse

from cadrart_infra.cli import recovery
from cadrart_infra.cli import unlock as unlocking
from cadrart_infra.cli.desk import open_desk
from cadrart_infra.cli.page import Page


def recover(options: argparse.Namespace, page: Page) -> int:
    """After an update that was killed: its locks are removed, unless it lives."""
    return recovery.recover(open_desk(options, page))


def unlock(options: argparse.Namespace, page: Page) -> int:
    """Frees the Lease of an update that is dead."""
    return unlocking.unlock(open_desk(options, page).kubectl(), page.line, sure=options.yes)
