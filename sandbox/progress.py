"""Progress lines in the manner of kind and k3d: one short line a step, with a mark and the seconds it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Writes to `stream` (default: standard error, so that a command's own output stays clean)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr

    def line(self, text: str) -> None:
        """Shows a line at once."""
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Report `text` when the block ends: a check mark, or a cross when it raised."""
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self.line(f" ✗ {text} ({elapsed(time.monotonic() - started)})")
            raise
        self.line(f" ✓ {text} ({elapsed(time.monotonic() - started)})")


def elapsed(seconds: float) -> str:
    """Seconds as people read them: `3.2s`, `4m05s`."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02d}s"


def tail(text: str, lines: int = 25) -> str:
    """The last `lines` lines of a log, indented, for an error message."""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
