"""What an update would do, and what somebody has changed."""

import argparse

from cadrart_infra.cli.desk import open_desk
from cadrart_infra.cli.drift_report import report_drift
from cadrart_infra.cli.engine import load_program
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.previews import publish_failure, publish_preview, run_preview
from cadrart_infra.cli.stacks import named_stack
from cadrart_infra.live import read_live
from cadrart_infra.user_errors import UserError


def preview(options: argparse.Namespace, page: Page) -> int:
    """What an update would do."""
    load_program()
    try:
        desk = open_desk(options, page)
        preview = run_preview(desk, read_live(desk.kubectl()), policies=options.policies)
    except UserError as error:
        if not options.comment:
            raise
        page.line(f"error: {error.explained()}")
        publish_failure(named_stack(options).rpartition("/")[2], error)  # its name alone, though it cannot be opened
        return 1
    if options.comment:
        publish_preview(desk, preview)
    return 0 if preview.outcome.ok else 1


def drift(options: argparse.Namespace, page: Page) -> int:
    """In a workflow: an issue while the cluster is not as Git says."""
    load_program()
    desk = open_desk(options, page)
    return report_drift(desk, run_preview(desk, read_live(desk.kubectl()), policies=True))
