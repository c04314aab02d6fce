"""When a job that changes the settings commits them."""

import argparse
import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cadrart_infra import workloads
from cadrart_infra.cli.commands import changes
from cadrart_infra.cli.jobs import JobError
from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cluster import lease
from cadrart_infra.model import Color, Workload
from tests.unit.program import settings


@pytest.mark.parametrize(
    ("status", "written", "committed"),
    [(0, "after", True), (0, "before", True), (1, "after", True), (1, "before", False)],
    ids=["done", "settings that were there already", "failed, and the cluster has it", "refused, or taken back"],
)
def test_a_job_that_left_the_settings_as_they_were_commits_nothing_of_somebody_else_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, written: str, committed: bool
) -> None:
    path, messages = tmp_path / "Pulumi.prod.yaml", list[str]()
    path.write_text("before")  # what somebody wrote and has not committed
    file = StackFile(tmp_path, "prod")

    def carry_out(*_: Any, **__: Any) -> int:
        path.write_text(written)
        return status

    workspace = SimpleNamespace(file=file, settings=None, kubectl=lambda: None)
    stand_ins: dict[str, Any] = {
        "open_workspace": lambda *_: workspace,
        "exclusive_and_up_to_date": lambda *_: contextlib.nullcontext(),
        "carry_out": carry_out,
        "commit": lambda _path, message: messages.append(message),
        **dict.fromkeys(("preload_program", "read_live", "read_history"), lambda *_: None),
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(changes, name, stand_in)
    monkeypatch.setattr("cadrart_infra.cli.jobs.rollback", lambda *_: SimpleNamespace(changes={"activeColor": "blue"}))
    options = argparse.Namespace(command="rollback", commit=True, wait=0, yes=False)

    assert changes.rollback(options, None) == status  # type: ignore[arg-type]
    assert messages == (["rollback: activeColor = blue"] if committed else [])


def test_in_the_middle_of_another_s_change_nothing_is_read_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that another switch of this checkout has set are not what the cluster does: no switch that failed."""

    def held(_kubectl: object, _wait: int, _say: object) -> None:
        raise lease.Held("Somebody else changes this shop")

    workspace = SimpleNamespace(kubectl=lambda: None)
    monkeypatch.setattr(changes, "open_workspace", lambda *_: workspace)
    monkeypatch.setattr(changes, "preload_program", lambda: None)
    monkeypatch.setattr(lease, "require_free", held)
    options = argparse.Namespace(command="rollback", commit=False, wait=0, yes=True)
    with pytest.raises(lease.Held):
        changes.rollback(options, SimpleNamespace(line=print))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("runs", "committed", "refused"),
    [
        ("shop/frontend:3", [], True),
        ("shop/frontend:3", ["shop/frontend:3"], False),
        ("shop/frontend:1.0.0", [], False),
    ],
    ids=["released, and not in Git", "Git has gone on since", "as Git says"],
)
def test_a_release_takes_none_back_that_never_came_into_git(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs: str, committed: list[str], refused: bool
) -> None:
    """Its run had died before its commit, or its push was refused: the next release took it back without a word."""
    images = {workload: f"shop/{workload}:1.0.0" for workload in workloads.names()}
    live = SimpleNamespace(
        production=Color.BLUE,
        colors={Color.GREEN: SimpleNamespace(images={**images, Workload("frontend"): runs}, ready=True)},
    )
    workspace = SimpleNamespace(
        settings=settings("blue"), file=SimpleNamespace(path=tmp_path / "Pulumi.prod.yaml"), kubectl=lambda: None
    )
    done, messages = list[str](), list[str]()

    def carry_out(*_: Any, **__: Any) -> int:
        done.append("done")
        return 0

    stand_ins: dict[str, Any] = {
        "open_workspace": lambda *_: workspace,
        "exclusive_and_up_to_date": lambda *_: contextlib.nullcontext(),
        "carry_out": carry_out,
        "commit": lambda _path, message: messages.append(message),
        "read_live": lambda _: live,
        "was_committed": lambda _, text: text in committed,
        **dict.fromkeys(("preload_program", "read_history"), lambda *_: None),
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(changes, name, stand_in)
    options = argparse.Namespace(
        command="release", workload="backend", version="2", same_image=True, commit=True, wait=0, yes=True
    )
    if refused:
        with pytest.raises(
            JobError, match=r"no commit of Pulumi.prod.yaml has.*images.green.frontend = shop/frontend:3"
        ):
            changes.release(options, None)  # type: ignore[arg-type]
    else:
        assert changes.release(options, None) == 0  # type: ignore[arg-type]
    assert bool(done) is bool(messages) is not refused
