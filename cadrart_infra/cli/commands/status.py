"""The command status: asks the cluster alone, without Pulumi, to be quick."""

import argparse
import json

from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stacks import prefetch_selected_stack
from cadrart_infra.cli.target_shop import (
    other_selected_stack,
    takes_the_only_stack_by_default,
    target_shop,
)
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.observed import require_answer
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text
from cadrart_infra.terminal import error_line


def status(options: argparse.Namespace, page: Page) -> int:
    """Prints who serves what and what was done last.

    Returns 1 if production does not answer or is unreachable, or if no update could use the settings.
    """
    if not options.json and takes_the_only_stack_by_default(options, FOLDER):
        prefetch_selected_stack()
    shop = target_shop(options, FOLDER)
    require_answer(shop.kubectl)
    found = read_status(shop.kubectl, shop.ingress)
    if options.json:
        page.line(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        if another := other_selected_stack(options, FOLDER):
            page.line(another)
        page.line(text(found))
    if shop.unusable:
        error_line(f"error: {shop.unusable}")
    return 1 if found["unanswered"] or found["wrongPorts"] or found["unreached"] or shop.unusable else 0
