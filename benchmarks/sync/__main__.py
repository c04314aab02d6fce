"""`python -m benchmarks.sync`: the staging sync beside other ways to copy a database, in one run, as ratios."""

from __future__ import annotations

import argparse

from benchmarks.sync.comparison import compare
from benchmarks.sync.report import markdown
from sandbox.local_servers import KINDS


def main() -> None:
    """Run on the chosen servers and print a Markdown table for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the shop's schema (default: 2,000,000)")
    parser.add_argument("--servers", nargs="+", choices=sorted(KINDS), default=sorted(KINDS))
    arguments = parser.parse_args()
    for name in arguments.servers:
        print(markdown(compare(KINDS[name], arguments.rows)), flush=True)


if __name__ == "__main__":
    main()
