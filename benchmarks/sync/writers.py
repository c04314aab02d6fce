"""Production's writers: short transactions at a steady rate, each timed."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

_PAUSE_SECONDS = 0.01


@dataclass
class Latencies:
    """Seconds that each transaction took, and the errors the writers got."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The latency in seconds that so large a share of the transactions did not exceed; 1 gives the longest."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


@contextlib.contextmanager
def writing(connect: Callable[[], Connection[Cursor]], rows: int) -> Iterator[Latencies]:
    """Write to the shop's tables for the length of the block."""
    latencies, stop = Latencies(), threading.Event()
    thread = threading.Thread(target=_write, args=(connect, rows, latencies, stop))
    thread.start()
    try:
        yield latencies
    finally:
        stop.set()
        thread.join()


def _write(connect: Callable[[], Connection[Cursor]], rows: int, latencies: Latencies, stop: threading.Event) -> None:
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1")
    number = 0
    while not stop.wait(_PAUSE_SECONDS):
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
    connection.close()
