"""Which command lines of `pulumi` are for a part of the stack."""

import subprocess
import sys
from pathlib import Path

import pytest

from cadrart_infra.engine.partial_update import VARIABLE, partial_flags

URN = "urn:pulumi:prod::cadrart::kubernetes:core/v1:Service::backend-prod-proxy"

PROGRAM = "from cadrart_infra.engine.partial_update import require_whole; require_whole()"


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["up", "--yes"], []),
        (["up", "--target-dependents"], []),
        (["preview", "--save-plan=t.json", "--stack", "t"], []),
        (["up", "--target", URN], ["--target"]),
        (["up", f"--target={URN}"], ["--target"]),
        (["up", "-t", URN, "-t", URN], ["--target"]),
        (["up", f"-t{URN}"], ["--target"]),
        (["up", "-yt", URN], ["--target"]),
        (["up", f"-rft{URN}"], ["--target"]),
        (["up", "-ys", "t", "-st"], []),
        (["preview", "-x", URN], ["--exclude"]),
        (["preview", "--exclude", URN, f"--target-replace={URN}"], ["--exclude", "--target-replace"]),
        (["up", "--replace", URN], ["--replace"]),
    ],
)
def test_flags_that_leave_something_out_are_found(arguments: list[str], flags: list[str]) -> None:
    assert partial_flags(arguments) == flags


@pytest.mark.parametrize(
    ("name", "arguments", "variables", "refused"),
    [
        ("pulumi", ["up", "--target", URN], {}, True),
        ("pulumi", ["up", "--target", URN], {VARIABLE: "yes"}, False),
        ("pulumi", ["up"], {"PULUMI_OPTION_TARGET_REPLACE": URN}, True),
        ("pulumi", ["up"], {"PULUMI_OPTION_TARGET": "", "PULUMI_OPTION_TARGET_DEPENDENTS": "true"}, False),
        ("another", ["up", "--target", URN], {}, False),
    ],
)
def test_the_command_of_the_engine_above_is_read(
    tmp_path: Path, name: str, arguments: list[str], variables: dict[str, str], refused: bool
) -> None:
    """A process of that name that starts Python, as the engine does by way of its language host."""
    (tmp_path / name).symlink_to("/bin/sh")
    script = ["-c", f'"{sys.executable}" -c "{PROGRAM}"; exit $?', "sh", *arguments]
    environment = {**variables, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([tmp_path / name, *script], env=environment, capture_output=True, text=True, check=False)
    assert ("PartialUpdate" in done.stderr) is refused, done.stderr
    assert done.returncode == (1 if refused else 0)


def test_the_options_of_what_starts_the_engine_itself_are_no_flags_of_pulumi() -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM, "-x", URN], env={"PYTHONPATH": str(Path(__file__).parents[3])}, check=True
    )
