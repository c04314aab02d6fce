"""The time budget of a switch."""

import time


class TimeBudget:
    """How long a switch may take from its first write until production's traffic is switched, in seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end: float | None = None

    def start(self) -> None:
        """Begins to count: the switch begins."""
        self._end = time.monotonic() + self.seconds

    def restart(self) -> None:
        """Starts again if it has started: what came before had a time limit of its own."""
        if self._end is not None:
            self.start()

    def extend(self, seconds: float) -> None:
        """Adds seconds, for a step that has a time limit of its own."""
        if self._end is not None:
            self._end += seconds

    def left(self) -> float:
        """Seconds left, negative when used up; infinite before `start`."""
        return float("inf") if self._end is None else self._end - time.monotonic()
