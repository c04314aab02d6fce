"""The Markdown that a comparison becomes."""

from __future__ import annotations

from benchmarks.sync.comparison import Comparison

_BASELINE = "seed's procedure: dump to a file, restore"


def markdown(found: Comparison) -> str:
    """A heading, a table of times and ratios, and what the writers and the client saw."""
    baseline = found.seconds[_BASELINE]
    lines = [
        f"### {found.server}: {found.rows:,} rows, {found.megabytes:.0f} MB",
        "",
        "| way | seconds | ratio to the seed's procedure |",
        "|---|---:|---:|",
        *(f"| {name} | {seconds:.1f} | {seconds / baseline:.2f} |" for name, seconds in found.seconds.items()),
        *(f"| {name} | {reason} | |" for name, reason in found.failed.items()),
        "",
        "| this sync | mode | rows | repaired | through the client | share of the data |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name, result in found.syncs.items():
        share = result.client_bytes / (found.megabytes * 1e6)
        lines.append(
            f"| {name} | {result.mode} | {result.rows:,} | {result.repaired:,} | "
            f"{result.client_bytes / 1e6:.2f} MB | {share:.2%} |"
        )
    lines += _writers(found)
    lines += [
        "",
        f"- Load of the machine after each step: {min(found.load):.1f} to {max(found.load):.1f}.",
        f"- Memory of the client, writers included: at most {found.client_megabytes:.0f} MB.",
        "",
    ]
    return "\n".join(lines)


def _writers(found: Comparison) -> list[str]:
    heading = "| production's writers | transactions | p50 | p99 | longest | errors |"
    lines = ["", heading, "|---|---:|---:|---:|---:|---:|"]
    for name, seen in found.writers.items():
        median, p99, longest = (seen.percentile(share) * 1000 for share in (0.5, 0.99, 1))
        lines.append(
            f"| {name} | {len(seen.seconds)} | {median:.1f} ms | {p99:.1f} ms | {longest:.0f} ms | {len(seen.errors)} |"
        )
    return lines
