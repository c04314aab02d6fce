"""What belongs to one run of the tests, in all of its processes."""

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.cluster.cluster import connect

_TOKEN = "CADRART_TEST_RUN"


def run_token() -> str:
    """Eight hex digits that no other run has; worker processes inherit those of the process that starts them."""
    return os.environ.setdefault(_TOKEN, secrets.token_hex(4))


def note_cluster(name: str) -> None:
    """Lets the run take the cluster `name` down when its last process has ended."""
    (_shared_folder() / f"{name}.cluster").touch()


def take_clusters_down() -> None:
    """Removes the clusters of this run. CADRART_KEEP_CLUSTER=yes leaves them for the next one."""
    names = [note.stem for note in _shared_folder().glob("*.cluster")]
    shutil.rmtree(_shared_folder())
    if os.environ.get("CADRART_KEEP_CLUSTER") != "yes":
        for name in names:
            connect(name).down()


@contextlib.contextmanager
def on_the_cluster(alone: bool) -> Iterator[None]:
    """Holds the cluster for a test, beside those of other processes, or alone.

    Who waits to be alone keeps the gate, so that no newcomer overtakes him.
    """
    with (_shared_folder() / "gate").open("w") as gate, (_shared_folder() / "cluster").open("w") as held:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(held, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


def _shared_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"cadrart-test-run-{run_token()}"
    folder.mkdir(exist_ok=True)
    return folder
