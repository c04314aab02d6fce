"""How a command of `cadrart` ends where it is asked to, whatever it does by then: as it would by Ctrl-C."""

import functools
import signal
import subprocess
import sys

import pytest

_COMMAND = """
import os, signal, sys
from cadrart_infra import interruption
from cadrart_infra.cli import command_line
from cadrart_infra.cli.commands import status

def asked_to_end(options, page):
    try:
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
        page.line("went on")
        return 0
    finally:
        page.line("tidied up")

def asked_half_way(options, page):
    with interruption.leaving("Half of it is there."):
        return asked_to_end(options, page)

status.status = asked_half_way if "half" in sys.argv else asked_to_end
sys.exit(command_line.main(["status", "--namespace", "shop"]))
"""


_BEGINNING = """
import os, signal, sys
from cadrart_infra.cli import command_line

command_line.parser = lambda typed: os.kill(os.getpid(), signal.SIGINT)
sys.exit(command_line.main(["status"]))
"""


_LOADING = """
import os, signal, sys
from cadrart_infra.cli import main

class Loading:
    def find_spec(self, name, *_):
        if name == "cadrart_infra.cli.command_line":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Loading())
sys.exit(main(["status"]))
"""


def run(*command: str) -> tuple[int, str]:
    """As from a terminal, whatever signals the tests themselves were started to outlive."""
    reported = functools.partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, preexec_fn=reported)
    return done.returncode, done.stdout


@pytest.mark.parametrize("asked", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_tidies_up_and_says_that_it_was_interrupted(asked: str) -> None:
    status, said = run(sys.executable, "-c", _COMMAND, asked)
    assert (status, said.splitlines()) == (130, ["tidied up", "", "interrupted; nothing was changed"])


def test_a_command_that_had_begun_says_what_it_leaves() -> None:
    status, said = run(sys.executable, "-c", _COMMAND, "SIGINT", "half")
    assert (status, said.splitlines()) == (130, ["tidied up", "", "Half of it is there."])


def test_a_command_that_has_hardly_begun_ends_without_a_traceback() -> None:
    status, said = run(sys.executable, "-c", _BEGINNING)
    assert (status, said.splitlines()) == (130, ["", "interrupted; nothing was changed"])


def test_a_command_whose_modules_load_ends_without_a_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADING], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_a_command_that_is_to_outlive_its_terminal_goes_on() -> None:
    status, said = run("nohup", sys.executable, "-c", _COMMAND, "SIGHUP")
    assert (status, said.splitlines()) == (0, ["went on", "tidied up"])
