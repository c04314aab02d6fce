"""Shops for pull requests."""

import argparse

from cadrart_infra.cli import reviews
from cadrart_infra.cli.desk import open_desk
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stacks import all_stacks
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.user_errors import UserError


def review(options: argparse.Namespace, page: Page) -> int:
    """A shop for a pull request."""
    everywhere = options.action == "expire" and not options.stack
    if everywhere and (stacks := all_stacks(FOLDER)):
        return max(_in_stack(stack, options, page) for stack in stacks)
    return reviews.review(open_desk(options, page), options)


def _in_stack(stack: str, options: argparse.Namespace, page: Page) -> int:
    """The exit status of one of several; where its cluster does not answer, the others are looked at all the same."""
    one = argparse.Namespace(**{**vars(options), "stack": stack})
    try:
        return reviews.review(open_desk(one, page), one)
    except UserError as error:
        page.line(f"error: {stack}: {error.explained()}")
        return 1
