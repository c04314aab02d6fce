"""How a program ends that the user interrupts, and one that has printed its error."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from sandbox.paths import REPOSITORY

AS_A_USER_S: dict[str, Any] = {
    "stdout": subprocess.PIPE,
    "stderr": subprocess.PIPE,
    "env": {**os.environ, "PYTHONUNBUFFERED": ""},
}
PROGRAM = """
import asyncio
from cadrart_infra.user_errors import end_quietly_when_interrupted

async def work():
    print("working", flush=True)
    await asyncio.sleep(60)

end_quietly_when_interrupted()
asyncio.run(work())
"""
# More than a pipe holds: it is interrupted while it writes, as long as nobody reads.
WRITING = PROGRAM.replace("await asyncio.sleep(60)", "while True: print('x', flush=True)")


@pytest.mark.parametrize("program", [PROGRAM, WRITING])
def test_ctrl_c_ends_a_program_at_work_without_a_traceback(program: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, text=True, **AS_A_USER_S)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 32
        printed, said = process.communicate()
    finally:
        process.kill()
    assert not printed.strip("x\n")
    assert said == ""


REFUSAL = """
import sys
from cadrart_infra.user_errors import run_at_exit, end_quietly_when_interrupted, suppress_exit_message

end_quietly_when_interrupted()
run_at_exit(lambda: print("recorded"))
if len(sys.argv) > 1:
    suppress_exit_message()
sys.exit(1)
"""


@pytest.mark.parametrize(("arguments", "status"), [(["reported"], 32), ([], 1)])
def test_after_a_refusal_the_last_actions_are_done_and_pulumi_has_nothing_to_add(
    arguments: list[str], status: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSAL, *arguments],
        cwd=REPOSITORY,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, "recorded\n", "")
