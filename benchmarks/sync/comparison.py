"""One run: the same data copied in every way, one after another, on one server."""

from __future__ import annotations

import os
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.sync import shop_data
from benchmarks.sync.ways import PRODUCTION, STAGING, SYNC_USER, Stage, has_mydumper
from benchmarks.sync.writers import Latencies, writing
from cadrart_infra.staging_sync.pace import PACES
from cadrart_infra.staging_sync.plan import SyncResult
from sandbox.local_servers import LocalServer, ServerKind, running_server

QUIET_SECONDS = 20.0


@dataclass
class Comparison:
    """What was measured; times in seconds."""

    server: str
    rows: int
    megabytes: float
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    syncs: dict[str, SyncResult] = field(default_factory=dict)
    writers: dict[str, Latencies] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)
    client_megabytes: float = 0.0


def compare(kind: ServerKind, rows: int) -> Comparison:
    """Fill a throw-away server and measure every way on it."""
    with running_server(kind) as server:
        stage = _set_up(server)
        _say(f"{kind.name}: making {rows:,} rows")
        connection = stage.connect()
        made = shop_data.fill(connection, rows)
        found = Comparison(_version(stage), made, _megabytes(server))
        connection.close()
        _measure_others(stage, found)
        _measure_sync(stage, found, rows)
        _measure_writers(stage, found, rows)
        found.client_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return found


def _set_up(server: LocalServer) -> Stage:
    stage = Stage(server, secrets.token_hex(12))
    routines = "SELECT ON mysql.proc" if server.kind.name == "mariadb" else "SHOW_ROUTINE ON *.*"
    account = f"'{SYNC_USER}'@'%'"
    stage.run(
        f"CREATE DATABASE `{PRODUCTION}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        f"CREATE USER {account} IDENTIFIED BY '{stage.sync_password}'",
        f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{PRODUCTION}`.* TO {account}",
        f"GRANT ALL ON `{STAGING}%`.* TO {account}",
        f"GRANT {routines} TO {account}",
    )
    connection = stage.connect()
    shop_data.create_tables(connection)
    connection.close()
    return stage


def _measure_others(stage: Stage, found: Comparison) -> None:
    ways: dict[str, Callable[[], None]] = {
        "`cp` of the files (floor)": stage.copy_files,
        "seed's procedure: dump to a file, restore": stage.dump_to_file_and_restore,
        "`mysqldump | mysql`": stage.dump_piped,
        "mydumper / myloader": stage.mydumper,
        "plain READ COMMITTED copy": stage.read_committed_copy,
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


def _measure_sync(stage: Stage, found: Comparison, rows: int) -> None:
    """Staging still has what the last other way left, and the first sync copies everything anew."""
    with _timed(found, "this sync, first"):
        found.syncs["first"] = stage.sync()
    counts = shop_data.row_counts(rows)
    for name, changes in {"recent rows": _recent(counts), "rows spread evenly": _spread(counts)}.items():
        for _ in range(2):
            stage.sync()  # staging and the copy before it are now both equal to production
        stage.run(f"USE `{PRODUCTION}`", *changes)
        with _timed(found, f"this sync, again after 1% changed ({name})"):
            found.syncs[name] = stage.sync()
    for _ in range(2):
        stage.sync()
    with _timed(found, "this sync, again with nothing changed"):
        found.syncs["unchanged"] = stage.sync()


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
    """Production's latency alone, and while syncs of each pace run."""
    tasks = shop_data.row_counts(rows)["task"]
    for name in PACES:
        with writing(stage.connect, tasks) as quiet:
            time.sleep(QUIET_SECONDS)
        found.writers[f"quiet, before {name}"] = quiet
        stage.run(*(f"DROP DATABASE IF EXISTS `{STAGING}{suffix}`" for suffix in ("", "_next", "_prev", "_sync")))
        _beside_writers(stage, found, tasks, name, "first")
        stage.sync()  # now there is a previous copy for the next one to build upon
        _beside_writers(stage, found, tasks, name, "again")


def _beside_writers(stage: Stage, found: Comparison, tasks: int, pace: str, which: str) -> None:
    name = f"{pace}, {which}, beside writers"
    with writing(stage.connect, tasks) as busy, _timed(found, f"this sync, {name}"):
        found.syncs[name] = stage.sync(PACES[pace])
    found.writers[name] = busy


@contextmanager
def _timed(found: Comparison, name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    found.seconds[name] = time.perf_counter() - begun
    found.load.append(os.getloadavg()[0])
    _say(f"{name}: {found.seconds[name]:.1f} s")


def _version(stage: Stage) -> str:
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
