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
    lines += [
        "",
        f"- Production's writers: p99 {found.quiet_p99 * 1000:.1f} ms quiet, {found.sync_p99 * 1000:.1f} ms during a "
        f"first sync (ratio {found.sync_p99 / found.quiet_p99:.2f}), {len(found.writer_errors)} errors.",
        f"- Memory of the client, writers included: at most {found.client_megabytes:.0f} MB.",
        "",
    ]
    return "\n".join(lines)
