"""`python -m benchmarks.sync`: the staging sync beside other ways to copy a database, in one run, as ratios.

A run with the default rows on both servers takes about 20 minutes and writes its tables to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import document
from benchmarks.switch.machine import machine
from benchmarks.sync.comparison import compare
from benchmarks.sync.report import markdown
from sandbox.local_servers import KINDS
from sandbox.paths import REPOSITORY

_ROWS = 2_000_000
_DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"


def main() -> None:
    """Run on the chosen servers and print a Markdown table for each; a whole run is written down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    parser.add_argument("--rows", type=int, default=_ROWS, help=f"rows of the shop's schema (default: {_ROWS:,})")
    parser.add_argument("--servers", nargs="+", choices=sorted(KINDS), default=sorted(KINDS))
    arguments = parser.parse_args()
    found = f"{machine()}. One run, one way after the other.\n\n"
    for name in arguments.servers:
        found += markdown(compare(KINDS[name], arguments.rows)) + "\n"
    print(found, flush=True)
    if (arguments.rows, arguments.servers) == (_ROWS, sorted(KINDS)):
        document.write(_DOCUMENT, "make bench-sync", found)
        print(f"written: {_DOCUMENT.relative_to(REPOSITORY)}", file=sys.stderr)


if __name__ == "__main__":
    main()
