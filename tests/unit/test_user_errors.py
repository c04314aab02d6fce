"""How a program ends that the user interrupts, and one that has told its error."""

import signal
import subprocess
import sys

import pytest

from sandbox.paths import REPOSITORY

PROGRAM = """
import asyncio
from cadrart_infra.user_errors import end_quietly_when_interrupted

async def work():
    print("working", flush=True)
    await asyncio.sleep(60)

end_quietly_when_interrupted()
asyncio.run(work())
"""


def test_ctrl_c_ends_a_program_at_work_without_a_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert said == ("", "")
    assert process.returncode == 32


REFUSAL = """
import sys
from cadrart_infra.user_errors import before_the_end, end_quietly_when_interrupted, say_no_more

end_quietly_when_interrupted()
before_the_end(lambda: print("recorded"))
if len(sys.argv) > 1:
    say_no_more()
sys.exit(1)
"""


@pytest.mark.parametrize(("arguments", "status"), [(["told"], 32), ([], 1)])
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
