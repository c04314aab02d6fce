"""What `cadrart` takes: every command and option that a page names, and what each command says of itself."""

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.cli.options import parser
from cadrart_infra.history.checkout import Checkout

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_OURS = re.compile(r"(?:\.venv/bin/)?(?:cadrart|python3? -m cadrart_infra) (?P<arguments>[^#&|;]+)")
_LEFT_OUT = {"review": ["list"], "release": ["backend", "1.5.0"], "new-stack": ["shop2"]}
"""What a text leaves out that names such a command alone."""


def commands(page: str) -> Iterator[list[str]]:
    """The arguments of each command of ours that stands in code; `…` leaves some out."""
    blocks = re.findall(r"```\w*\n(.*?)```", page, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))
    for found in filter(None, map(_OURS.match, [*lines, *spans])):
        arguments = shlex.split(found["arguments"].replace("…", ""))
        if arguments and not arguments[0].endswith(","):  # a list of their names
            yield [*arguments, *(_LEFT_OUT.get(arguments[0], []) if len(arguments) == 1 else [])]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_to_type_is_taken(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in commands(page.read_text()):
        with contextlib.suppress(SystemExit):
            parser(arguments).parse_args(arguments)
        assert "error:" not in capsys.readouterr().err, arguments


def test_the_pages_name_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        parser([]).parse_args(["--help"])
    known = set(re.findall(r"^    ([a-z-]+)(?:  |$)", capsys.readouterr().out, re.MULTILINE))
    assert known >= {"switch", "new-stack"}
    named = {arguments[0] for page in PAGES for arguments in commands(page.read_text())}
    assert named - {"--help", "--version"} == known


def test_the_version_is_the_commit_as_the_history_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadrart_infra.cli.options.current_checkout", lambda: Checkout("0123456789abcdef", dirty=True))
    with pytest.raises(SystemExit, match="0"):
        parser(["--version"]).parse_args(["--version"])
    assert capsys.readouterr().out == "cadrart-infra, program 0123456789 with changes of its own\n"


@pytest.mark.parametrize("typed", ["-5", "1.5", "soon", ""])
def test_a_time_to_wait_is_whole_seconds(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parser(["switch"]).parse_args(["switch", f"--wait={typed}"])
    assert f"{typed!r} is no number of whole seconds" in capsys.readouterr().err


def test_a_command_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        parser(["switch"]).parse_args(["switch", "--help"])
    assert "\nSwitch production's traffic to the colour that is staging.\n" in capsys.readouterr().out
