"""How a program ends that the user interrupts."""

import signal
import subprocess
import sys

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
