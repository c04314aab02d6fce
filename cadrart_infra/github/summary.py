"""The summary of the running job, as GitHub shows it on the run's page."""

import os
from pathlib import Path

LONGEST = 1_000_000
"""Bytes of a job's summary; GitHub takes a mebibyte, and of a longer one nothing."""


def add_to_summary(text: str) -> None:
    """Adds Markdown to the job's summary; outside of a workflow, nothing."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if summary:
        whole = text.encode()[:LONGEST].decode(errors="ignore")
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"{whole}\n")


def run_page() -> str:
    """The address of the running workflow's page; empty outside of one."""
    server, run = os.environ.get("GITHUB_SERVER_URL", "https://github.com"), os.environ.get("GITHUB_RUN_ID", "")
    return f"{server}/{os.environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}" if run else ""
