"""What holds a sync back between its statements: what production feels of it on the server.

Where the server's processor limit can be read, its statements are as small as the limit is low, and it waits while the
server uses more of the limit than it is to, or has just been throttled. Everywhere it waits while a canary's reads of
production are slow, and makes its statements smaller. It never waits so long that it would not end: see `_LEAST_DUTY`.
"""

from __future__ import annotations

import time

from cadrart_infra.mysql.processor import ReadProcessor, nobody_can_tell
from cadrart_infra.staging_sync.canary import Canary

_PERIOD = 0.1  # of the kernel's scheduler, in which a limit is kept
_LEAST_DUTY = 0.1
"""Production that keeps its server busy by itself does not hold the sync up for good: it works so much of the time."""
_LONGEST_REST = 2.0
_LOOKS_AGAIN = 0.02
_SMALLEST = 0.1
_SMALLER, _LARGER = 0.5, 1.1
_FEWEST_ROWS = 20
_WORTH_SAYING = 1.0


class Throttle:
    """Asked before each statement how large it may be, and after it whether to wait.

    `share`: of the processor limit, as much as the server may use altogether. `processor` reads its counters. Without
    a canary nothing is held back.
    """

    def __init__(
        self, share: float = 1.0, processor: ReadProcessor = nobody_can_tell, canary: Canary | None = None
    ) -> None:
        self._share, self._processor, self._canary = share, processor, canary
        self._began = self._looked_at = self._worked_since = time.monotonic()
        self._first = self._last = processor() if canary else None
        self._largest = min(1.0, max(self._last.limit, _SMALLEST)) if self._last else 1.0
        self._size, self._owed, self._rested = self._largest, 0.0, 0.0

    @property
    def is_on(self) -> bool:
        """Whether anything is ever held back."""
        return self._canary is not None

    def rows(self, most: int) -> int:
        """How many rows the next statement may be about."""
        return max(min(most, _FEWEST_ROWS), int(most * self._size))

    def pause(self) -> None:
        """Waits between two statements, where production needs that."""
        if self._canary is None:
            return
        begun, felt = time.monotonic(), self._canary.is_slow
        longest = (begun - self._worked_since) / _LEAST_DUTY
        self._size = max(_SMALLEST, self._size * _SMALLER) if felt else min(self._largest, self._size * _LARGER)
        least = _PERIOD if self._look() else 0.0
        most = min(max(longest, least), _LONGEST_REST)
        while (rested := time.monotonic() - begun) < most and (
            rested < least or self._owed > 0 or self._canary.is_slow
        ):
            time.sleep(min(_LOOKS_AGAIN, most - rested))
            self._look()
        self._worked_since = time.monotonic()
        self._rested += self._worked_since - begun

    def summary(self) -> str:
        """For the user: how much it waited, and for what; empty where that is not worth a line."""
        if self._rested < _WORTH_SAYING or self._canary is None:
            return ""
        seconds = time.monotonic() - self._began
        most = f"its reads were to take {self._canary.limit * 1000:.0f} ms at most"
        return f"waited {self._rested:.0f} of {seconds:.0f} s for production: {most}{self._of_the_limit()}"

    def _of_the_limit(self) -> str:
        first, last = self._first, self._last
        if first is None or last is None:
            return ""
        return (
            f", and the server to use {self._share:.0%} of its limit of {last.limit:g} cores (throttled in "
            f"{last.throttled - first.throttled} of {last.periods - first.periods} periods)"
        )

    def _look(self) -> bool:
        """Counts what the server used since the last look against what it is to use; True where it was throttled."""
        found, before, now = self._processor(), self._last, time.monotonic()
        if found is None or before is None:
            self._last, self._owed = None, 0.0
            return False
        rate = self._share * found.limit
        self._owed += found.used - before.used - rate * (now - self._looked_at)
        self._owed = min(max(self._owed, 0.0), rate * _LONGEST_REST)  # what was left unused is not saved up
        self._last, self._looked_at = found, now
        return found.throttled > before.throttled
