"""Which stacks there are, and which one Pulumi says is selected."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.cli import stacks
from cadrart_infra.cli.stacks import (
    NoStackError,
    all_stacks,
    named_stack,
    only_stack,
    prefetch_selected_stack,
    selected_stack,
)


@pytest.fixture(autouse=True)
def nobody_has_asked() -> Iterator[None]:
    stacks._selected.cache_clear()
    yield
    stacks._selected.cache_clear()


def pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> Path:
    """A `pulumi` that notes what it is asked, in the file that is returned, and then `does` something."""
    program, asked = folder / "pulumi", folder / "asked"
    program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n{does}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return asked


def test_the_environment_names_the_stack_as_pulumi_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command would work on one stack, and `pulumi up` after it on another."""
    monkeypatch.setenv("PULUMI_STACK", "prod")
    assert named_stack(Namespace(stack="")) == "prod"
    monkeypatch.setenv("PULUMI_OPTION_STACK", "other")
    assert named_stack(Namespace(stack="")) == "other"
    assert named_stack(Namespace(stack="third")) == "third"


def test_a_stack_has_a_settings_file_and_the_project_is_none(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).touch()
    assert only_stack(tmp_path) == "prod"
    (tmp_path / "Pulumi.demo.yaml").touch()
    assert (all_stacks(tmp_path), only_stack(tmp_path)) == (["demo", "prod"], "")


def test_pulumi_is_asked_once_whoever_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = pulumi(tmp_path, monkeypatch, "echo demo")
    prefetch_selected_stack()
    assert (selected_stack(), selected_stack()) == ("demo", "demo")
    assert asked.read_text() == "--non-interactive stack --show-name\n"


def test_where_none_is_selected_it_says_how_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi(tmp_path, monkeypatch, "echo no stack selected >&2; exit 255")
    prefetch_selected_stack()
    with pytest.raises(NoStackError, match="--stack NAME"):
        selected_stack()


def test_no_pulumi_is_reported_where_a_stack_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    prefetch_selected_stack()
    with pytest.raises(NoStackError):
        selected_stack()
