"""How fast a sync works: all the server can give, or so that production hardly notices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Sizes of single statements, and the rest between them.

    `workers` is the number of sessions that copy side by side; with one, the two sides of a comparison are read one
    after the other too. `rest` is the pause after a statement as a multiple of the time that it took.
    """

    workers: int
    copy_rows: int
    copy_bytes: int
    compare_rows: int
    compare_bytes: int
    rest: float

    @contextmanager
    def resting_afterwards(self) -> Iterator[None]:
        """Do a piece of work, then pause in proportion."""
        begun = time.monotonic()
        yield
        if self.rest:
            time.sleep((time.monotonic() - begun) * self.rest)


FAST = Pace(workers=2, copy_rows=20_000, copy_bytes=16 << 20, compare_rows=10_000, compare_bytes=8 << 20, rest=0.0)
GENTLE = Pace(workers=1, copy_rows=1_000, copy_bytes=512 << 10, compare_rows=2_000, compare_bytes=1 << 20, rest=1.0)
PACES = {"fast": FAST, "gentle": GENTLE}
