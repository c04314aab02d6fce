"""What belongs to one run of the tests, in all of its processes."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from sandbox.cluster.cluster import connect

_TOKEN = "CADRART_TEST_RUN"


def run_token() -> str:
    """Eight hex digits that no other run has; worker processes inherit those of the process that starts them."""
    return os.environ.setdefault(_TOKEN, secrets.token_hex(4))


def note_cluster(name: str) -> None:
    """Lets the run take the cluster `name` down when its last process has ended."""
    _notes().mkdir(exist_ok=True)
    (_notes() / name).touch()


def take_clusters_down() -> None:
    """Removes the clusters of this run. CADRART_KEEP_CLUSTER=yes leaves them for the next one."""
    names = [note.name for note in _notes().glob("*")]
    shutil.rmtree(_notes(), ignore_errors=True)
    if os.environ.get("CADRART_KEEP_CLUSTER") != "yes":
        for name in names:
            connect(name).down()


def _notes() -> Path:
    return Path(tempfile.gettempdir()) / f"cadrart-test-run-{run_token()}"
