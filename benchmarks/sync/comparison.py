"""One run: the same data copied in every way, one after another, on one server."""

from __future__ import annotations

import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.sync.ways import PRODUCTION, STAGING, STAGING_USER, SYNC_USER, Stage, has_mydumper
from benchmarks.sync.writers import Latencies, writing
from cadrart_infra.mysql.rights import OWNER_RIGHTS
from cadrart_infra.staging_sync.pace import PACES, Pace
from cadrart_infra.staging_sync.request import SyncResult
from sandbox.local_servers import LocalServer, ServerKind, running_server
from sandbox.shop import sample_data

BASELINE = "the former script, its defects repaired"
FIRST = "first"
RECENT = "again after 1% changed, the recent rows"
SPREAD = "again after 1% changed, spread evenly"
UNCHANGED = "again with nothing changed"
QUIET_SECONDS = 6.0
FEWEST_WRITES = 2_000


@dataclass
class Syncs:
    """Syncs of one kind beside writers, and what these saw of them."""

    seconds: list[float] = field(default_factory=list)
    results: list[SyncResult] = field(default_factory=list)
    latencies: Latencies = field(default_factory=Latencies)


@dataclass
class BesideWriters:
    """One pace: first syncs, syncs on top of a copy, and the quiet times between them."""

    quiet: list[Latencies] = field(default_factory=list)
    first: Syncs = field(default_factory=Syncs)
    again: Syncs = field(default_factory=Syncs)

    @property
    def all_quiet(self) -> Latencies:
        """The quiet times together."""
        together = Latencies()
        for each in self.quiet:
            together.add(each)
        return together

    @property
    def fewest(self) -> int:
        """Transactions in the kind of time that has the fewest."""
        return min(len(kind.seconds) for kind in (self.all_quiet, self.first.latencies, self.again.latencies))


@dataclass
class Comparison:
    """What was measured; times in seconds."""

    server: str
    rows: int
    megabytes: float
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    syncs: dict[str, SyncResult] = field(default_factory=dict)
    writers: dict[str, BesideWriters] = field(default_factory=dict)
    client_megabytes: float = 0.0


def compare(kind: ServerKind, rows: int) -> Comparison:
    """Fill a throw-away server and measure every way on it."""
    with running_server(kind, waits_for_disk=True) as server:
        stage = prepare(server)
        _say(f"{kind.name}: making {rows:,} rows")
        connection = stage.connect()
        made = sample_data.fill(connection, rows)
        found = Comparison(version(stage), made, _megabytes(server))
        connection.close()
        _measure_others(stage, found)
        _measure_sync(stage, found, rows)
        _measure_writers(stage, found, rows)
        found.client_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return found


def prepare(server: LocalServer) -> Stage:
    """Production's tables, without rows, and the accounts."""
    stage = Stage(server, secrets.token_hex(12))
    routines = "SELECT ON mysql.proc" if server.kind.name == "mariadb" else "SHOW_ROUTINE ON *.*"
    account, owner = f"'{SYNC_USER}'@'%'", f"'{STAGING_USER}'@'%'"
    stage.run(
        f"CREATE DATABASE `{PRODUCTION}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        f"CREATE USER {account} IDENTIFIED BY '{stage.sync_password}'",
        f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{PRODUCTION}`.* TO {account}",
        f"GRANT ALL ON `{STAGING}%`.* TO {account}",
        f"GRANT {routines} TO {account}",
        f"CREATE USER {owner} IDENTIFIED BY '{stage.sync_password}'",
        f"GRANT ALL ON `{STAGING}`.* TO {owner}",
        f"GRANT {', '.join(OWNER_RIGHTS)} ON `{STAGING}\\_next`.* TO {owner}",
    )
    connection = stage.connect()
    sample_data.create_tables(connection)
    connection.close()
    return stage


def _measure_others(stage: Stage, found: Comparison) -> None:
    ways: dict[str, Callable[[], None]] = {
        "`cp` of the files: the floor, no usable database": stage.copy_files,
        BASELINE: stage.dump_to_file_and_restore,
        "`mysqldump \\| mysql`": stage.dump_piped,
        "mydumper / myloader": stage.mydumper,
        "plain READ COMMITTED copy, not of one instant": stage.read_committed_copy,
    }
    for name, way in ways.items():
        if way == stage.mydumper and not has_mydumper():
            found.failed[name] = "not installed (Debian package mydumper)"
            continue
        try:
            with _timed(found, name):
                way()
        except subprocess.CalledProcessError as error:
            found.failed[name] = f"{error.cmd[0]} ended with {error.returncode}"


def sync_way(which: str) -> str:
    """How the table calls a sync at full speed."""
    return f"**this sync**, `fast`, {which}"


def _measure_sync(stage: Stage, found: Comparison, rows: int) -> None:
    """Staging still has what the last other way left, and the first sync copies everything again."""
    with _timed(found, sync_way(FIRST)):
        found.syncs[FIRST] = stage.sync()
    counts = sample_data.row_counts(rows)
    for name, changes in {RECENT: _recent(counts), SPREAD: _spread(counts)}.items():
        for _ in range(2):
            stage.sync()  # staging and the copy before it are now both equal to production
        stage.run(f"USE `{PRODUCTION}`", *changes)
        with _timed(found, sync_way(name)):
            found.syncs[name] = stage.sync()
    for _ in range(2):
        stage.sync()
    with _timed(found, sync_way(UNCHANGED)):
        found.syncs[UNCHANGED] = stage.sync()


def _recent(counts: dict[str, int]) -> list[str]:
    """The newest 1% of the rows of the large tables."""
    return [
        f"UPDATE `{table}` SET {change} WHERE id > {int(counts[table] * 0.99)}" for table, change in _CHANGES.items()
    ]


def _spread(counts: dict[str, int]) -> list[str]:
    """Every hundredth row of the large tables."""
    return [
        f"UPDATE `{table}` SET {change} WHERE id % 100 = 7" for table, change in _CHANGES.items() if table in counts
    ]


_CHANGES = {
    "client": "reduction = COALESCE(reduction, 0) + 1",
    "offer": "total = COALESCE(total, 0) + 1",
    "job": "count = count + 1",
    "task": "doneCount = doneCount + 1",
}


def _measure_writers(stage: Stage, found: Comparison, rows: int) -> None:
    for name, pace in PACES.items():
        found.writers[name] = beside_writers(stage, name, pace, rows)


def beside_writers(stage: Stage, name: str, pace: Pace, rows: int) -> BesideWriters:
    """Production's latency while syncs of this pace run and, in turn with them, while none does."""
    seen, tasks = BesideWriters(), sample_data.row_counts(rows)["task"]
    while seen.fewest < min(FEWEST_WRITES, rows // 1000):  # few rows are for trying the benchmark out
        stage.drop_copies()
        _one_round(stage, seen, name, pace, tasks)
    return seen


def _one_round(stage: Stage, seen: BesideWriters, name: str, pace: Pace, tasks: int) -> None:
    for which, sync in (("first", seen.first), ("again", seen.again)):
        with writing(stage.account, tasks) as quiet:
            time.sleep(QUIET_SECONDS)
        seen.quiet.append(quiet)
        with writing(stage.account, tasks) as busy:
            begun = time.perf_counter()
            result = stage.sync(pace)
            sync.seconds.append(time.perf_counter() - begun)
        sync.results.append(result)
        sync.latencies.add(busy)
        _say(f"{name}, {which}, beside writers: {sync.seconds[-1]:.1f} s")
        if which == "first":
            stage.sync()  # now there is a previous copy for the next one to build upon


@contextmanager
def _timed(found: Comparison, name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    found.seconds[name] = time.perf_counter() - begun
    _say(f"{name}: {found.seconds[name]:.1f} s")


def version(stage: Stage) -> str:
    """The server's product and version."""
    connection = stage.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        row = cursor.fetchone()
    connection.close()
    return f"{stage.server.kind.name} {row[0] if row else ''}"


def _megabytes(server: LocalServer) -> float:
    (folder,) = server.data_folder.glob("atelier*cadrart")
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


def _say(line: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)
