"""When a sync waits, and how large its statements are: by counters and reads that a test gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import cast

import pytest

from cadrart_infra.mysql.processor import ProcessorTime
from cadrart_infra.staging_sync import throttle as throttle_module
from cadrart_infra.staging_sync.canary import Canary
from cadrart_infra.staging_sync.throttle import Throttle


@dataclass
class Clock:
    """A time that passes only while somebody sleeps."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(throttle_module, "time", found)
    return found


@dataclass
class Reads:
    """A canary whose newest reads are as listed, and from then on quick."""

    slow: Sequence[bool] = ()
    limit: float = 0.05
    asked: int = 0

    def hear_quiet(self) -> None:
        """Takes no time."""

    @property
    def is_slow(self) -> bool:
        self.asked += 1
        return self.asked <= len(self.slow) and self.slow[self.asked - 1]


@dataclass
class Counters:
    """Counters that move by `use` and `throttled` from one look to the next; without more they stand still."""

    use: Sequence[float] = ()
    throttled: Sequence[int] = ()
    looks: int = 0
    _now: ProcessorTime = field(default=ProcessorTime(100.0, 0.1, 1000, 50))

    def __call__(self) -> ProcessorTime:
        used, throttled = (self._step(one) for one in (self.use, self.throttled))
        self.looks += 1
        now = self._now
        self._now = ProcessorTime(now.used + used, now.limit, now.periods + 1, now.throttled + int(throttled))
        return self._now

    def _step(self, steps: Sequence[float]) -> float:
        found: Iterator[float] = chain(steps, repeat(0))
        return [next(found) for _ in range(self.looks + 1)][-1]


def throttle(reads: Reads, counters: Counters | None = None) -> Throttle:
    held = Throttle(0.9, counters) if counters else Throttle(0.9)
    held.listen_to(cast(Canary, reads))
    return held


def test_without_a_share_nothing_is_held_back() -> None:
    free = Throttle()
    free.pause()
    assert not free.is_on
    assert (free.rows(1000), free.summary()) == (1000, "")


def test_statements_are_as_small_as_the_limit_is_low() -> None:
    assert throttle(Reads(), Counters()).rows(1000) == 100
    assert throttle(Reads()).rows(1000) == 1000


def test_statements_are_larger_where_production_has_the_server_throttled_by_itself(clock: Clock) -> None:
    held = throttle(Reads(), Counters(throttled=[0, 0, 1]))
    for _ in range(20):
        clock.sleep(0.01)
        held.pause()
    assert held.rows(1000) == 300


def test_what_was_throttled_while_the_canary_was_made_says_nothing_of_production(clock: Clock) -> None:
    held = throttle(Reads(), Counters(throttled=[0, 1]))
    for _ in range(20):
        clock.sleep(0.01)
        held.pause()
    assert held.rows(1000) == 100


@pytest.mark.parametrize(("throttled", "rows"), [(5, 100), (8, 100), (9, 300), (10, 300)])
def test_only_where_nearly_every_period_is_throttled_statements_are_larger(
    clock: Clock, throttled: int, rows: int
) -> None:
    quiet = [ProcessorTime(1.0, 0.1, 100, 50), ProcessorTime(1.0, 0.1, 100, 50)]
    held = Throttle(0.9, chain(quiet, repeat(ProcessorTime(1.0, 0.1, 110, 50 + throttled))).__next__)
    held.listen_to(cast(Canary, Reads()))
    for _ in range(20):
        clock.sleep(0.001)
        held.pause()
    assert held.rows(1000) == rows


def test_a_statement_has_some_rows_whatever_the_limit() -> None:
    held = throttle(Reads(), Counters())
    assert (held.rows(100), held.rows(5)) == (20, 5)


def test_statements_get_smaller_while_reads_are_slow_and_grow_again() -> None:
    held = throttle(Reads(slow=[True]))
    held.pause()
    assert held.rows(1000) == 500
    for _ in range(20):
        held.pause()
    assert held.rows(1000) == 1000


def test_it_waits_until_reads_are_quick_again(clock: Clock) -> None:
    reads = Reads(slow=[True, True, True])
    held = throttle(reads)
    clock.sleep(0.05)
    held.pause()
    assert reads.asked == 4


def test_it_waits_as_long_as_the_server_used_too_much(clock: Clock) -> None:
    held = throttle(Reads(), Counters(use=[0, 0, 0, 0.009]))
    clock.sleep(0.05)
    begun = clock.now
    held.pause()
    assert 0.05 <= clock.now - begun < 0.08  # 9 ms of processor time are the share of 100 ms, half of which were over


def test_it_does_not_wait_for_what_is_within_the_share(clock: Clock) -> None:
    held = throttle(Reads(), Counters(use=[0, 0, 0, 0.004]))
    clock.sleep(0.05)
    begun = clock.now
    held.pause()
    assert clock.now == begun


def test_it_does_not_look_after_statements_that_cannot_have_used_much(clock: Clock) -> None:
    counters = Counters(use=[0, 0, 0, 1.0])
    held = throttle(Reads(), counters)
    clock.sleep(0.001)
    held.pause()
    assert counters.looks == 3
    clock.sleep(0.001)
    held.pause()
    assert counters.looks > 3


def test_before_there_is_a_canary_the_counters_count(clock: Clock) -> None:
    held = Throttle(0.9, Counters(use=[0, 0.009]))
    clock.sleep(0.01)
    begun = clock.now
    held.pause()
    assert clock.now > begun


def test_it_waits_a_period_once_the_server_was_throttled(clock: Clock) -> None:
    held = throttle(Reads(), Counters(throttled=[0, 0, 0, 1]))
    clock.sleep(0.05)
    begun = clock.now
    held.pause()
    assert 0.1 <= clock.now - begun < 0.13


def test_production_that_is_busy_by_itself_does_not_hold_it_up_for_good(clock: Clock) -> None:
    held = throttle(Reads(slow=[True] * 10_000), Counters(use=[0.006] * 10_000))
    clock.sleep(0.05)
    begun = clock.now
    held.pause()
    assert 0.19 < clock.now - begun < 0.23  # 6 ms in 200 ms are three tenths of a tenth of a core


def test_slow_reads_without_a_limit_do_not_hold_it_up_for_good(clock: Clock) -> None:
    held = throttle(Reads(slow=[False, *[True] * 10_000]))
    clock.sleep(60)
    held.pause()
    clock.sleep(0.05)
    begun = clock.now
    held.pause()
    assert 0.49 < clock.now - begun < 0.53  # a tenth of the time it works


def test_what_it_waited_for_is_said_where_it_is_worth_a_line(clock: Clock) -> None:
    held = throttle(Reads(slow=[True] * 10_000), Counters(use=[1.0] * 10_000))
    assert held.summary() == ""
    clock.sleep(60)
    held.pause()
    assert held.summary().startswith("waited 2 of 62 s for production: its reads were to take 50 ms at most, and the")


def test_counters_that_can_no_longer_be_read_are_done_without(clock: Clock) -> None:
    found = iter([ProcessorTime(1.0, 0.1, 10, 0)])
    held = Throttle(0.9, lambda: next(found, None))
    clock.sleep(1.0)
    held.pause()
    assert held.rows(1000) == 100
