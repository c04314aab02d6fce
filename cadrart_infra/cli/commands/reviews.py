"""The command for review shops, one a pull request."""

import argparse

from cadrart_infra.cli import reviews
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stacks import all_stacks
from cadrart_infra.cli.workspace import open_workspace
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.user_errors import UserError


def review(options: argparse.Namespace, page: Page) -> int:
    """Opens, updates, lists or removes review shops."""
    everywhere = options.action == "expire" and not options.stack
    if everywhere and (stacks := all_stacks(FOLDER)):
        return max(_in_stack(stack, options, page) for stack in stacks)
    return reviews.review(open_workspace(options, page), options)


def _in_stack(stack: str, options: argparse.Namespace, page: Page) -> int:
    """Runs it on one stack of several and returns the exit status; a cluster that does not answer stops no other."""
    one = argparse.Namespace(**{**vars(options), "stack": stack})
    try:
        return reviews.review(open_workspace(one, page), one)
    except UserError as error:
        page.line(f"error: {stack}: {error.explained()}")
        return 1
