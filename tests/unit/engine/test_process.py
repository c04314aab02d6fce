"""Which run of Pulumi a process works for, with real processes."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.engine.process import Engine, engine

SCRIPT = "from cadrart_infra.engine.process import engine; print(engine().pid)"


def test_the_engine_is_the_process_above_that_is_pulumi(tmp_path: Path) -> None:
    """With one more between, as the language host is."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\necho $$\nsh -c '{sys.executable} -c \"{SCRIPT}\"; true'\n")
    pulumi.chmod(0o755)
    said = subprocess.run([pulumi], capture_output=True, text=True, check=True).stdout.split()
    assert len(said) == 2
    assert said[0] == said[1]


def test_where_the_program_runs_inside_another_one_it_is_that_one() -> None:
    assert engine().pid == os.getpid()


@pytest.mark.parametrize(
    ("arguments", "environment", "stack"),
    [
        (["--stack", "other"], {"PULUMI_STACK": "prod"}, "other"),
        (["--yes", "--stack=organization/cadrart-infra/other"], {}, "other"),
        (["-s", "other", "--yes"], {}, "other"),
        (["-yfs", "other"], {}, "other"),
        (["-sother"], {}, "other"),
        (["-rs", "other"], {}, "other"),
        (["-yfs=other", "--skip-preview"], {}, "other"),
        (["--yes", "--tags"], {"PULUMI_STACK": "prod"}, "prod"),
        (["--yes"], {"PULUMI_STACK": "prod", "PULUMI_OPTION_STACK": "other"}, "other"),
        (["-tsecond", "--stack-trace=x"], {"PULUMI_STACK": "prod"}, "prod"),
    ],
)
def test_the_stack_is_the_one_that_the_engine_was_given(
    arguments: list[str], environment: dict[str, str], stack: str
) -> None:
    with started(arguments) as found:
        assert found.stack(environment) == stack


@pytest.mark.parametrize(
    ("arguments", "environment", "file"),
    [
        (["--config-file", "other.yaml"], {}, "{cwd}/other.yaml"),
        (["--config-file=/a/other.yaml", "--yes"], {"PULUMI_OPTION_CONFIG_FILE": "x"}, "/a/other.yaml"),
        (["--yes"], {"PULUMI_OPTION_CONFIG_FILE": "other.yaml"}, "{cwd}/other.yaml"),
        (["--config", "a=b"], {}, "None"),
    ],
)
def test_the_settings_are_taken_from_where_the_engine_was_given(
    arguments: list[str], environment: dict[str, str], file: str
) -> None:
    with started(arguments) as found:
        assert str(found.settings_file(environment)) == file.format(cwd=Path.cwd())


@contextlib.contextmanager
def started(arguments: list[str]) -> Iterator[Engine]:
    """A process that was given these arguments."""
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()", *arguments], **pipes)
    try:
        assert process.stdout
        assert process.stdout.readline()
        yield Engine(process.pid)
    finally:
        process.kill()
        process.communicate()


def test_a_killed_engine_does_not_live_even_before_anybody_notices() -> None:
    process = subprocess.Popen(["sleep", "60"])
    try:
        assert Engine(process.pid).lives
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie until it is waited for in earnest
        assert not Engine(process.pid).lives
    finally:
        process.kill()
        process.wait()
