"""The pack as a process of its own, as the engine starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[3] / "policy" / "__main__.py"


@pytest.mark.timeout(60)
def test_it_says_its_port_at_once_whatever_the_environment() -> None:
    """Without it the engine waits, and a preview with policies never ends."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen([sys.executable, str(MAIN), "127.0.0.1:1"], env=environment, stdout=subprocess.PIPE) as pack:
        assert pack.stdout is not None
        try:
            assert int(pack.stdout.readline()) > 0
        finally:
            pack.kill()
