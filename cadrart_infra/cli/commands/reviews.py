"""Shops for pull requests."""

import argparse

from cadrart_infra.cli import reviews
from cadrart_infra.cli.desk import open_desk
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.place import all_stacks
from cadrart_infra.history.checkout import FOLDER


def review(options: argparse.Namespace, page: Page) -> int:
    """A shop for a pull request."""
    stacks = all_stacks(FOLDER) if options.action == "expire" and not options.stack else [options.stack]
    each = [argparse.Namespace(**{**vars(options), "stack": stack}) for stack in stacks]
    return max(reviews.review(open_desk(one, page), one) for one in each)
