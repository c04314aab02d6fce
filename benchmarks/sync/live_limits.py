"""Within the live cluster's limits: what production's writers see of a sync and of the former procedure."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from benchmarks.sync.comparison import QUIET_SECONDS, prepare, version
from benchmarks.sync.ways import Stage
from benchmarks.sync.writers import Latencies, writing
from cadrart_infra.mysql.processor import ProcessorTime
from cadrart_infra.staging_sync.pace import FAST, GENTLE
from sandbox.local_servers import ServerKind, running_server
from sandbox.server_limits import ServerLimits
from sandbox.shop import sample_data

CORES, BOOSTED, MEMORY = 0.1, 1.0, 512 << 20
ROWS = 20_000
_UNLIMITED = 8.0
_SETTLING_SECONDS = 2.0
_SETTINGS = {"mysql": {"performance-schema": "OFF"}, "mariadb": {}}
"""With MySQL's own settings the kernel ends the server at this limit of memory (docs/database-server.md)."""


@dataclass
class Trial:
    """One way under one limit, and what the writers saw; `throttled` of the scheduler's `periods`."""

    way: str
    cores: float
    seconds: float
    latencies: Latencies
    periods: int
    throttled: int
    said: str = ""


@dataclass
class AtLiveLimits:
    """What was measured on one server; the quiet times all had the live limit."""

    server: str
    rows: int
    quiet: Trial = field(default_factory=lambda: Trial("quiet", CORES, 0.0, Latencies(), 0, 0))
    trials: list[Trial] = field(default_factory=list)
    memory: int = 0
    """The most that the server had in use for itself, in bytes."""


def measure(kind: ServerKind, rows: int) -> AtLiveLimits:
    """Fill a throw-away server, then every way once, quiet times between them."""
    with (
        _limits(kind.name) as limits,
        running_server(kind, _SETTINGS[kind.name], limits, waits_for_disk=True) as server,
    ):
        stage = replace(prepare(server), processor=limits.processor)
        connection = stage.connect()
        found = AtLiveLimits(version(stage), sample_data.fill(connection, rows))
        connection.close()
        tasks = sample_data.row_counts(rows)["task"]
        _add_quiet(found.quiet, stage, limits, tasks)
        for name, way, cores in _ways(stage):
            found.trials.append(_trial(stage, limits, tasks, name, way, cores))
            found.memory = max(found.memory, limits.anonymous_memory())
            _add_quiet(found.quiet, stage, limits, tasks)
        return found


Way = Callable[[], str]


def _ways(stage: Stage) -> Iterator[tuple[str, Way, float]]:
    seed = "`mysqldump \\| mysql`, as the former script"

    def former_way() -> str:
        stage.dump_piped()
        return ""

    yield seed, former_way, CORES
    yield "`gentle` that waits for nobody, as before", lambda: stage.sync_said(replace(GENTLE, share=None)), CORES
    yield "**`gentle`**", lambda: stage.sync_said(GENTLE), CORES
    yield seed, former_way, BOOSTED
    yield "**`gentle`**", lambda: stage.sync_said(GENTLE), BOOSTED
    yield "`fast`", lambda: stage.sync_said(FAST), BOOSTED


def _trial(stage: Stage, limits: ServerLimits, tasks: int, name: str, way: Way, cores: float) -> Trial:
    limits.limit_processor(_UNLIMITED)
    stage.drop_copies()
    limits.limit_processor(cores)
    time.sleep(_SETTLING_SECONDS)
    with writing(stage.account, tasks) as latencies:
        before, begun = _counted(limits), time.perf_counter()
        said = way()
        seconds, after = time.perf_counter() - begun, _counted(limits)
    print(f"[{time.strftime('%H:%M:%S')}] {name}, {cores:g} cores: {seconds:.1f} s", file=sys.stderr, flush=True)
    periods, throttled = after.periods - before.periods, after.throttled - before.throttled
    return Trial(name, cores, seconds, latencies, periods, throttled, said)


def _add_quiet(quiet: Trial, stage: Stage, limits: ServerLimits, tasks: int) -> None:
    limits.limit_processor(CORES)
    time.sleep(_SETTLING_SECONDS)
    with writing(stage.account, tasks) as latencies:
        before = _counted(limits)
        time.sleep(2 * QUIET_SECONDS)
        after = _counted(limits)
    quiet.latencies.add(latencies)
    quiet.periods += after.periods - before.periods
    quiet.throttled += after.throttled - before.throttled


def _counted(limits: ServerLimits) -> ProcessorTime:
    found = limits.processor()
    assert found is not None
    return found


@contextmanager
def _limits(name: str) -> Iterator[ServerLimits]:
    limits = ServerLimits(f"cadrart-bench-{name}-{secrets.token_hex(3)}")
    limits.create()
    try:
        limits.limit_memory(MEMORY)
        limits.limit_processor(_UNLIMITED)
        yield limits
    finally:
        limits.remove()


def markdown(found: AtLiveLimits) -> str:
    """A heading, and a line for each way."""
    former = {trial.cores: trial.seconds for trial in reversed(found.trials) if "mysqldump" in trial.way}
    return "\n".join([
        f"### {found.server}: {found.rows:,} rows, 512Mi of memory",
        "",
        "| | processor limit | seconds | to the former script | p50, ms | p90, ms | p99, ms | to the quiet p99 "
        "| periods throttled | errors |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        _line(found.quiet, found.quiet, "", ""),
        *(
            _line(trial, found.quiet, f"{trial.seconds:.1f}", f"{trial.seconds / former[trial.cores]:.2f}")
            for trial in found.trials
        ),
        "",
        *(f"- {trial.way}, {trial.cores:g} cores: {trial.said}." for trial in found.trials if trial.said),
        f"- Memory that the server had in use for itself: at most {found.memory / 2**20:.0f} MiB.",
        "",
    ])  # fmt: skip


def _line(trial: Trial, quiet: Trial, seconds: str, ratio: str) -> str:
    seen = trial.latencies
    median, ninety, p99 = (seen.percentile(share) * 1000 for share in (0.5, 0.9, 0.99))
    to_quiet = seen.percentile(0.99) / quiet.latencies.percentile(0.99)
    throttled = f"{trial.throttled / max(trial.periods, 1):.0%}"
    return (
        f"| {trial.way} | {trial.cores:g} | {seconds} | {ratio} | {median:.1f} | {ninety:.1f} | {p99:.1f} "
        f"| {to_quiet:.2f} | {throttled} | {len(seen.errors)} |"
    )
