"""Further stacks."""

import argparse

from cadrart_infra.cli.new_stack import command
from cadrart_infra.cli.page import Page
from cadrart_infra.history.checkout import FOLDER


def new_stack(options: argparse.Namespace, page: Page) -> int:
    """The settings of a further stack, asked for and checked."""
    return command.new_stack(options, page, FOLDER)
