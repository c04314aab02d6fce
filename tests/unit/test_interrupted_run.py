"""What a run of the tests does that is asked to end."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit import nested_run

TEST = """
import time
from pathlib import Path
import pytest

@pytest.fixture
def made():
    try:
        Path("made").touch()
        yield
    finally:
        Path("made").unlink()

def test_one(made):
    Path("runs").touch()
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tidies_up(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "test_one.py").write_text(TEST)
    command, environment = [*nested_run.COMMAND, "test_one.py"], nested_run.environment()
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 60
        while not (tmp_path / "runs").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(number)
        printed, _ = run.communicate(timeout=60)
    assert run.returncode == pytest.ExitCode.INTERRUPTED, printed
    assert not (tmp_path / "made").exists()
