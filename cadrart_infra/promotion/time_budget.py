"""The time that a switch may take."""

import time


class TimeBudget:
    """How long a switch may take from its first write until production's traffic is switched, in seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end: float | None = None

    def start(self) -> None:
        """The switch begins."""
        self._end = time.monotonic() + self.seconds

    def restart(self) -> None:
        """Begins again, where it has begun: what came before had a time limit of its own."""
        if self._end is not None:
            self.start()

    def extend(self, seconds: float) -> None:
        """Gives so many seconds more, for what has a time limit of its own."""
        if self._end is not None:
            self._end += seconds

    def left(self) -> float:
        """Seconds that are left, less than 0 when it is used up; without end where no switch began."""
        return float("inf") if self._end is None else self._end - time.monotonic()
