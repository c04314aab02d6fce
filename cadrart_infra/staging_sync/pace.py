"""How fast a sync works: all the server can give, or so that production hardly notices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Sizes of single statements, and how many run side by side.

    `workers` is the number of sessions that copy side by side; with one, the two sides of a comparison are read one
    after the other too. There are no rests between statements: they did not make a writer's wait rarer, only the sync
    longer (docs/benchmarks.md). Between statements it waits only for production: `share` is how much of the server's
    processor limit the server may use altogether before it does (see `throttle`); None: it waits for nobody.
    """

    workers: int
    copy_rows: int
    copy_bytes: int
    compare_rows: int
    compare_bytes: int
    share: float | None = None


FAST = Pace(workers=2, copy_rows=20_000, copy_bytes=16 << 20, compare_rows=10_000, compare_bytes=8 << 20)
GENTLE = Pace(workers=1, copy_rows=1_000, copy_bytes=512 << 10, compare_rows=2_000, compare_bytes=1 << 20, share=0.7)
PACES = {"fast": FAST, "gentle": GENTLE}
