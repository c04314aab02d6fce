"""What the shop does; it needs no Pulumi, and so it is quick."""

import argparse
import json

from cadrart_infra.cli.page import Page
from cadrart_infra.cli.place import place
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.observed import require_answer
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text


def status(options: argparse.Namespace, page: Page) -> int:
    """Who serves what, and what was done."""
    kubectl = place(options, FOLDER)
    require_answer(kubectl)
    found = read_status(kubectl)
    page.line(json.dumps(found, indent=2, ensure_ascii=False) if options.json else text(found))
    return 0
