"""Production's writers: short transactions at a steady rate, each timed, in a process of their own."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe

import pymysql

PAUSE_SECONDS = 0.005


@dataclass(frozen=True)
class Account:
    """How the writers log in."""

    host: str
    port: int
    user: str
    schema: str
    password: str = field(repr=False)


@dataclass
class Latencies:
    """Seconds that each transaction took, and the errors the writers got."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The latency in seconds that so large a share of the transactions did not exceed; 1 gives the longest."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")

    def add(self, other: Latencies) -> None:
        """Take the other's transactions as one's own."""
        self.seconds += other.seconds
        self.errors += other.errors


@contextlib.contextmanager
def writing(account: Account, rows: int) -> Iterator[Latencies]:
    """Write to the shop's tables for the length of the block; the latencies are there after it.

    The writers share no interpreter with the sync: what they wait for is the server.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_write, args=(account, rows, there), daemon=True)
    process.start()
    latencies = Latencies()
    try:
        here.recv()  # connected
        yield latencies
    finally:
        here.send("stop")
        latencies.add(here.recv())
        process.join()


def _write(account: Account, rows: int, control: Pipe[object, object]) -> None:
    connection = pymysql.connect(
        host=account.host,
        port=account.port,
        user=account.user,
        password=account.password,
        database=account.schema,
        autocommit=True,
    )
    cursor = connection.cursor()
    cursor.execute("SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1")
    control.send("ready")
    latencies, number = Latencies(), int(time.time())
    while not control.poll(PAUSE_SECONDS):
        number += 1
        begun = time.perf_counter()
        try:
            connection.begin()
            cursor.execute(f"UPDATE task SET doneCount = doneCount + 1 WHERE id = {1 + number * 7919 % rows}")
            cursor.execute(f"INSERT INTO stock (articleId, quantity) VALUES (1, {number % 100})")
            connection.commit()
        except pymysql.MySQLError as error:
            latencies.errors.append(str(error))
            connection.rollback()
        latencies.seconds.append(time.perf_counter() - begun)
    control.send(latencies)
    connection.close()
