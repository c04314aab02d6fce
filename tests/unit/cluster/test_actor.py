"""What a run is called."""

import subprocess
import sys

from cadrart_infra.cluster.actor import run_of
from sandbox.paths import REPOSITORY

_ASK = "from cadrart_infra.cluster.actor import run_of; print(run_of(7))"


def test_two_runs_on_one_host_with_one_number_are_two() -> None:
    """As in CI's containers: the second one would take the Lease of the first, which was ended, for its own."""
    command = [sys.executable, "-c", _ASK]
    asked = [subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY) for _ in range(2)]
    assert len({one.stdout for one in asked} | {run_of(7)}) == 3
    assert run_of(7) == run_of(7)
