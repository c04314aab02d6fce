"""The command that makes a further stack."""

import argparse

from cadrart_infra.cli.new_stack import command
from cadrart_infra.cli.page import Page
from cadrart_infra.history.checkout import FOLDER


def new_stack(options: argparse.Namespace, page: Page) -> int:
    """Asks for the settings of a further stack and checks them."""
    return command.new_stack(options, page, FOLDER)
