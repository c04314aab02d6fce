"""The commands that remove the locks of a killed update: recover and unlock."""

import argparse

from cadrart_infra.cli import recovery
from cadrart_infra.cli import unlock as unlocking
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.workspace import open_workspace


def recover(options: argparse.Namespace, page: Page) -> int:
    """Removes the locks of a killed update; refuses while the update still runs."""
    return recovery.recover(open_workspace(options, page))


def unlock(options: argparse.Namespace, page: Page) -> int:
    """Frees the Lease of a dead update."""
    return unlocking.unlock(open_workspace(options, page).kubectl(), page.line, sure=options.yes)
