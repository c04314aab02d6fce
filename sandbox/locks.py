"""What only one process at a time may do on this machine."""

import contextlib
import fcntl
from collections.abc import Iterator

from sandbox.paths import cache_root
from sandbox.progress import Progress


@contextlib.contextmanager
def one_at_a_time(name: str, progress: Progress, doing: str) -> Iterator[None]:
    """Holds the lock `name` for the block; where another process has it, says what that one is `doing`, and waits."""
    cache_root().mkdir(parents=True, exist_ok=True)
    with (cache_root() / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.line(f" … another process {doing}, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
