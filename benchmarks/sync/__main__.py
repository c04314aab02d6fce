"""`python -m benchmarks.sync`: the staging sync beside other ways to copy a database, in one run, as ratios.

Two parts: the ways one after the other on a server without limits, and those within the live cluster's limits. With
the default rows on both servers they take about twenty and ten minutes, and write their tables to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks import document
from benchmarks.switch.machine import machine
from benchmarks.sync import live_limits
from benchmarks.sync.comparison import compare
from benchmarks.sync.report import markdown
from sandbox.local_servers import KINDS, ServerKind
from sandbox.paths import REPOSITORY

_PARTS: Mapping[str, Callable[[ServerKind, int], str]] = {
    "unlimited": lambda kind, rows: markdown(compare(kind, rows)),
    "live-limits": lambda kind, rows: live_limits.markdown(live_limits.measure(kind, rows)),
}
_ROWS = {"unlimited": 2_000_000, "live-limits": live_limits.ROWS}
_DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"


def main() -> None:
    """Run on the chosen servers and print a Markdown table for each; a whole run is written down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    parser.add_argument("--rows", type=int, default=max(_ROWS.values()), help=f"rows at most (default: {_ROWS})")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    parser.add_argument("--servers", nargs="+", choices=sorted(KINDS), default=sorted(KINDS))
    arguments = parser.parse_args()
    for part in arguments.parts:
        rows = min(arguments.rows, _ROWS[part])
        found = f"{machine()}. One run, one way after the other.\n\n"
        found += "\n".join(_PARTS[part](KINDS[name], rows) for name in arguments.servers)
        print(found, flush=True)
        if (rows, arguments.servers) == (_ROWS[part], sorted(KINDS)):
            document.write(_DOCUMENT, f"make bench-sync, {part}", found)
            print(f"written: {_DOCUMENT.relative_to(REPOSITORY)}", file=sys.stderr)


if __name__ == "__main__":
    main()
