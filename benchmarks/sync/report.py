"""The Markdown that a comparison becomes."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.comparison import BASELINE, FIRST, RECENT, SPREAD, BesideWriters, Comparison, Syncs, sync_way
from benchmarks.sync.writers import Latencies

_GOALS = {sync_way(FIRST): "0.5", sync_way(RECENT): "0.1", sync_way(SPREAD): "0.1"}


def markdown(found: Comparison) -> str:
    """A heading, times and ratios, and what the writers and the client saw."""
    return "\n".join([
        f"### {found.server}: {found.rows:,} rows, {found.megabytes:.0f} MB",
        "",
        *_ways(found),
        "",
        *_writers(found),
        "",
        *_notes(found),
        "",
    ])  # fmt: skip


def _ways(found: Comparison) -> Iterator[str]:
    baseline = found.seconds[BASELINE]
    yield "| way | seconds | ratio to the former script | goal |"
    yield "|---|---:|---:|---:|"
    for name, seconds in found.seconds.items():
        yield f"| {name} | {seconds:.1f} | {seconds / baseline:.2f} | {_GOALS.get(name, '')} |"
    for pace, seen in found.writers.items():
        for which, syncs in (("first", seen.first), ("again", seen.again)):
            seconds = sum(syncs.seconds) / len(syncs.seconds)
            yield f"| this sync, `{pace}`, {which}, beside writers | {seconds:.1f} | {seconds / baseline:.2f} | |"
    for name, reason in found.failed.items():
        yield f"| {name} | {reason} | | |"


def _writers(found: Comparison) -> Iterator[str]:
    yield "| production's writers | transactions | p50, ms | p99, ms | to the quiet p99 | longest, ms | errors |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for pace, seen in found.writers.items():
        quiet = seen.all_quiet
        yield _latencies(f"quiet, in turn with `{pace}`", quiet, quiet)
        yield _latencies(f"`{pace}`, first", seen.first.latencies, quiet)
        yield _latencies(f"`{pace}`, again", seen.again.latencies, quiet)


def _latencies(name: str, seen: Latencies, quiet: Latencies) -> str:
    median, p99, longest = (seen.percentile(share) * 1000 for share in (0.5, 0.99, 1))
    ratio = seen.percentile(0.99) / quiet.percentile(0.99)
    return (
        f"| {name} | {len(seen.seconds):,} | {median:.1f} | {p99:.1f} | {ratio:.2f} | {longest:.0f} "
        f"| {len(seen.errors)} |"
    )


def _notes(found: Comparison) -> Iterator[str]:
    repaired = ", ".join(f"{result.repaired:,} {which}" for which, result in found.syncs.items())
    yield f"- Rows repaired by `fast`, without writers: {repaired}."
    shares = "; ".join(f"`{pace}` {_share(found, seen)}" for pace, seen in found.writers.items())
    yield f"- Through the client, as a share of the data (goal: at most 1%), beside writers: {shares}."
    yield f"- Memory of the client: at most {found.client_megabytes:.0f} MB (goal: under 150)."
    spreads = "; ".join(f"{_p99_spread(seen)} in turn with `{pace}`" for pace, seen in found.writers.items())
    yield f"- The quiet p99 of single quiet times of a few seconds: {spreads}."


def _share(found: Comparison, seen: BesideWriters) -> str:
    def most(syncs: Syncs) -> float:
        return max(result.client_bytes for result in syncs.results) / (found.megabytes * 1e6)

    return f"{most(seen.first):.2%} first, {most(seen.again):.2%} again"


def _p99_spread(seen: BesideWriters) -> str:
    found = [quiet.percentile(0.99) * 1000 for quiet in seen.quiet]
    return f"{min(found):.1f} ms to {max(found):.1f} ms"
