"""What the shop does; it needs no Pulumi, and so it is quick."""

import argparse
import json

from cadrart_infra.cli.page import Page
from cadrart_infra.cli.place import another_is_selected, place, takes_the_only_stack
from cadrart_infra.cli.stacks import begin_to_ask_for_the_selected
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.observed import require_answer
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text


def status(options: argparse.Namespace, page: Page) -> int:
    """Who serves what, and what was done; 1 where production does not answer, or no visitor reaches it."""
    if not options.json and takes_the_only_stack(options, FOLDER):
        begin_to_ask_for_the_selected()
    kubectl = place(options, FOLDER)
    require_answer(kubectl)
    found = read_status(kubectl)
    if options.json:
        page.line(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        if another := another_is_selected(options, FOLDER):
            page.line(another)
        page.line(text(found))
    return 1 if found["unanswered"] or found["unreached"] else 0
