"""The commands' arguments: what a person types reaches the job, and a slip ends before anything is read."""

import argparse
import itertools
import shlex
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from cadrart_infra.cli import command_line
from cadrart_infra.cli.commands import databases
from sandbox.paths import REPOSITORY


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    """The arguments with which a command was called; none is carried out."""
    calls: list[argparse.Namespace] = []

    def take(options: argparse.Namespace, _page: Any) -> int:
        calls.append(options)
        return 0

    monkeypatch.setattr(command_line, "_command", lambda _name: take)
    return calls


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["release", "backend", "1.5.0"], {"workload": "backend", "version": "1.5.0", "yes": False, "commit": False}),
        (["switch"], {"color": None, "leaves": ""}),
        (["switch", "green", "--from", "blue", "--yes", "--commit"], {"color": "green", "leaves": "blue", "yes": True}),
        (["rollback", "--stack", "prod"], {"stack": "prod"}),
        (["sync", "--previous"], {"previous": True}),
        (["backup"], {}),
        (["restore"], {"name": "", "replace_production": False}),
        (["restore", "latest", "--replace-production"], {"name": "latest", "replace_production": True}),
        (["preview", "--policies", "--comment"], {"policies": True, "comment": True}),
        (["status"], {}),
        (["unlock", "--yes"], {"yes": True}),
        (["switch", "--policies"], {"policies": True}),
        (["new-stack", "two", "--yes", "--nodes", "1"], {"name": "two", "nodes": "1", "yes": True, "issuer": None}),
        (["release", "backend", "1.5.0", "--same-image", "--wait", "60"], {"same_image": True, "wait": 60}),
        (["restore", "latest", "--database", "shop"], {"database": "shop", "wait": 0}),
        (["deploy", "--wait", "60"], {"wait": 60}),
        (["drift"], {}),
        (["masking", "--commands"], {"commands": True}),
        (["recover"], {}),
    ],
)
def test_what_is_typed_reaches_the_command(
    taken: list[argparse.Namespace], typed: list[str], expected: dict[str, Any]
) -> None:
    assert command_line.main(typed) == 0
    (options,) = taken
    assert options.command == typed[0]
    assert expected.items() <= vars(options).items()


@pytest.mark.parametrize("typed", [["swich"], ["switch", "purple"], ["release", "backend"], ["switch", "--from"]])
def test_a_slip_is_refused(taken: list[argparse.Namespace], typed: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(typed)
    assert ended.value.code == 2
    assert not taken


def test_without_a_command_all_are_listed(taken: list[argparse.Namespace], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main([])
    assert ended.value.code == 0
    assert "rollback" in capsys.readouterr().out
    assert not taken


@pytest.mark.parametrize(
    ("typed", "reported"),
    [
        (["latest", "--database", ""], "'' is not the name of production's database in stack prod"),
        (["latest", "--database", "another"], "'another' is not the name of production's database in stack prod"),
        (["--database", "shop"], "No backup is named"),
    ],
)
def test_a_restore_with_a_blank_that_somebody_left_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: list[str], reported: str
) -> None:
    """A field that was left empty asked nothing of the database's name, or listed the backups and ended well."""
    settings = SimpleNamespace(
        namespace="cadrart", kubernetes=SimpleNamespace(context=""), database=SimpleNamespace(production="shop")
    )
    monkeypatch.setattr(databases, "open_workspace", lambda *_: SimpleNamespace(settings=settings, stack="prod"))
    assert command_line.main(["restore", "--replace-production", "--yes", *typed]) == 1
    assert reported in capsys.readouterr().out


def test_no_workflow_takes_what_is_typed_there_for_an_option() -> None:
    """A version `--help` printed the help, and the release ended well."""
    commands = [
        line
        for file in (REPOSITORY / ".github" / "workflows").glob("*.yaml")
        for job in yaml.safe_load(file.read_text())["jobs"].values()
        for step in job.get("steps", ())
        if "-m cadrart_infra " in (line := step.get("run", ""))
    ]
    assert len(commands) > 10
    for command in commands:
        words = shlex.split(command.partition("-m cadrart_infra ")[2])
        end = words.index("--") if "--" in words else len(words)
        for option, value in itertools.pairwise(words[:end]):
            assert not value.startswith("$") or option.startswith("--") or value.startswith("${PREVIOUS:+--"), command
