"""Begins a workflow of another repository and waits for its end: `python3 -m cadrart_infra.github.dispatch --help`.

It needs nothing but Python. The token is GITHUB_TOKEN, one that may run workflows of that repository.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cadrart_infra.github.api import Api, GitHubError
from cadrart_infra.github.summary import add_to_summary

_EVERY = 5.0
"""Seconds between two looks at the run."""
_FORGIVEN = 10
"""Looks in a row that may fail: GitHub is away now and then, and the run goes on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0: it succeeded; 1: it was refused, failed or did not end in time."""
    options = _parser().parse_args(arguments)
    api = replace(Api.of_workflow(), repository=options.repository)
    try:
        begun = api.post(
            f"actions/workflows/{options.workflow}/dispatches",
            {"ref": options.ref, "inputs": dict(options.input), "return_run_details": True},
        )
        print(f"begun: {begun['html_url']}", flush=True)
        conclusion = _wait(api, begun["workflow_run_id"], options.time_limit, options.every)
    except GitHubError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    add_to_summary(f"{options.workflow} of {options.repository}: {conclusion}, {begun['html_url']}")
    print(f"ended: {conclusion}")
    return int(conclusion != "success")


def _wait(api: Api, run: int, time_limit: int, every: float) -> str:
    """How the run ended; raises GitHubError where that cannot be seen."""
    until, failed = time.monotonic() + time_limit, 0
    while time.monotonic() < until:
        try:
            found: Any = api.get(f"actions/runs/{run}")
            failed = 0
        except GitHubError:
            failed += 1
            if failed > _FORGIVEN:
                raise
        else:
            if found["status"] == "completed":
                return str(found["conclusion"])
        time.sleep(every)
    return f"not ended within {time_limit} s; it goes on"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m cadrart_infra.github.dispatch", description=__doc__)
    parser.add_argument("repository", help="owner/name")
    parser.add_argument("workflow", help="the workflow's file, e.g. release.yaml")
    parser.add_argument("--ref", default="main", help="the branch whose file and program run (default: main)")
    parser.add_argument(
        "--input", action="append", type=_pair, default=[], metavar="NAME=VALUE", help="of the workflow; repeatable"
    )
    parser.add_argument("--time-limit", type=int, default=14_400, metavar="SECONDS", help="default: four hours")
    parser.add_argument("--every", type=float, default=_EVERY, metavar="SECONDS", help="between two looks (default: 5)")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
