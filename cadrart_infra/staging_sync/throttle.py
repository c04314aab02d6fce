"""The throttle: makes a sync pause between statements while production feels it.

Where the server's processor limit can be read, no statement begins before the server has made up for what it used
beyond its share of the limit. Everywhere it waits while a canary's reads of production are slow, and makes its
statements smaller. It never waits so long that it would not end: see `_LEAST_SHARE` and `_LEAST_DUTY`.
"""

from __future__ import annotations

import time

from cadrart_infra.mysql.processor import ReadProcessor, not_known
from cadrart_infra.staging_sync.canary import Canary

_PERIOD = 0.1  # of the kernel's scheduler, in which a limit is kept
_LEAST_SHARE = 0.3
"""Of the limit: so much the sync uses, also where production keeps the server at it by itself."""
_LEAST_DUTY = 0.1
"""Of the time: so much it works where no limit can be read."""
_LITTLE = 0.125
"""Of what the server gets in a period: so much may be used before the counters are looked at."""
_TIMES_LARGER_AT_THE_LIMIT = 3
"""Where production has the server throttled by itself, any statement takes a period: fewer ones are felt less."""
_NEARLY_ALL = 0.85
"""Of the quiet time's periods. Where fewer are throttled, the others have room for small statements alone."""
_LONGEST_REST = 2.0
_LOOKS_AGAIN = 0.02
_SMALLEST = 0.1
_SMALLER, _LARGER = 0.5, 1.1
_FEWEST_ROWS = 20
_WORTH_SAYING = 1.0


class Throttle:
    """Decides before each statement how long to wait and how many rows it may touch.

    `share`: of the processor limit, as much as the server may use altogether; None: nothing is ever held back.
    `processor` reads its counters. `canary`: from when on there is one, see `listen_to`.
    """

    def __init__(self, share: float | None = None, processor: ReadProcessor = not_known) -> None:
        self._share, self._processor = share or 1.0, processor
        self.is_on = share is not None
        """Whether anything is ever held back."""
        self._canary: Canary | None = None
        self._began = self._looked_at = self._resumed = time.monotonic()
        self._first = self._last = processor() if self.is_on else None
        self._largest = min(1.0, max(self._last.limit, _SMALLEST)) if self._last else 1.0
        self._size, self._rested = self._largest, 0.0
        self._owed = 0.0
        """Seconds of the processor that the server used beyond its share, and has not made up for yet."""

    @property
    def has_a_limit(self) -> bool:
        """Whether the server's processor limit can be read."""
        return self._last is not None

    def listen_to(self, canary: Canary) -> None:
        """Takes the canary's measurements into account from now on, its quiet time included."""
        self._look()
        before = self._last
        canary.hear_quiet()
        self._look()
        after = self._last
        if before and after and after.throttled - before.throttled > _NEARLY_ALL * (after.periods - before.periods):
            self._largest = min(1.0, self._largest * _TIMES_LARGER_AT_THE_LIMIT)
        self._canary, self._owed, self._resumed = canary, 0.0, time.monotonic()

    def rows(self, most: int) -> int:
        """How many rows the next statement may touch."""
        return max(min(most, _FEWEST_ROWS), int(most * self._size))

    def pause(self) -> None:
        """Waits between two statements as long as production needs."""
        if not self.is_on:
            return
        begun, felt = time.monotonic(), self._is_felt
        self._size = max(_SMALLEST, self._size * _SMALLER) if felt else min(self._largest, self._size * _LARGER)
        worked = begun - self._resumed
        if felt or self._may_have_used_much(worked):
            used, throttled = self._look()
            least = _PERIOD if throttled else 0.0
            longest = self._longest(worked, used / 2 if throttled else used)  # the rest of it was production's
            self._rest(begun, least, min(max(longest, least), _LONGEST_REST))
        elif self._last is None:
            self._resumed = begun

    def summary(self) -> str:
        """For the user: how long it waited, and why; empty if that was short."""
        if self._rested < _WORTH_SAYING:
            return ""
        seconds = time.monotonic() - self._began
        reads = f"its reads were to take {self._canary.limit * 1000:.0f} ms at most" if self._canary else ""
        what = ", and ".join(part for part in (reads, self._of_the_limit()) if part)
        return f"waited {self._rested:.0f} of {seconds:.0f} s for production: {what}"

    def _of_the_limit(self) -> str:
        first, last = self._first, self._last
        if first is None or last is None:
            return ""
        return (
            f"the server to use {self._share:.0%} of its limit of {last.limit:g} cores (throttled in "
            f"{last.throttled - first.throttled} of {last.periods - first.periods} periods)"
        )

    @property
    def _is_felt(self) -> bool:
        return self._canary is not None and self._canary.is_slow

    def _may_have_used_much(self, worked: float) -> bool:
        """A statement uses no more than the time it takes, and a look at the counters costs something too."""
        return self._last is not None and worked > _LITTLE * _PERIOD * self._last.limit

    def _longest(self, worked: float, used: float) -> float:
        return used / (_LEAST_SHARE * self._last.limit) if self._last else worked / _LEAST_DUTY

    def _rest(self, begun: float, least: float, most: float) -> None:
        while (rested := time.monotonic() - begun) < most and (rested < least or self._owed > 0 or self._is_felt):
            time.sleep(min(max(self._made_up_in, _LOOKS_AGAIN), most - rested))
            self._look()
        self._resumed = time.monotonic()
        self._rested += self._resumed - begun

    @property
    def _made_up_in(self) -> float:
        """Seconds until nothing is owed, at the earliest: where production uses nothing meanwhile."""
        return self._owed / (self._share * self._last.limit) if self._last else 0.0

    def _look(self) -> tuple[float, bool]:
        """Counts what the server used since the last look against what it is to use; returns it, and whether the
        server was throttled."""
        found, before, now = self._processor(), self._last, time.monotonic()
        if found is None or before is None:
            self._last, self._owed = None, 0.0
            return 0.0, False
        rate, used = self._share * found.limit, found.used - before.used
        self._owed += used - rate * (now - self._looked_at)
        self._owed = min(max(self._owed, 0.0), rate * _LONGEST_REST)  # what was left unused is not saved up
        self._last, self._looked_at = found, now
        return used, found.throttled > before.throttled
