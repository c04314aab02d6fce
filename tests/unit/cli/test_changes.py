"""When a job that changes the settings commits them."""

import argparse
import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cadrart_infra.cli.commands import changes
from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cluster import lease


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

    desk = SimpleNamespace(file=file, settings=None, kubectl=lambda: None)
    stand_ins: dict[str, Any] = {
        "open_desk": lambda *_: desk,
        "turn": lambda *_: contextlib.nullcontext(),
        "carry_out": carry_out,
        "commit": lambda _path, message: messages.append(message),
        **dict.fromkeys(("load_program", "read_live", "read_history"), lambda *_: None),
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(changes, name, stand_in)
    monkeypatch.setattr("cadrart_infra.cli.jobs.rollback", lambda *_: SimpleNamespace(changes={"activeColor": "blue"}))
    options = argparse.Namespace(command="rollback", commit=True, wait=0, yes=False)

    assert changes.rollback(options, None) == status  # type: ignore[arg-type]
    assert messages == (["rollback: activeColor = blue"] if committed else [])


def test_in_the_middle_of_another_s_change_nothing_is_read_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that another switch of this checkout has set are not what the cluster does: no switch that failed."""

    def held(_kubectl: object) -> None:
        raise lease.Held("Somebody else changes this shop")

    desk = SimpleNamespace(kubectl=lambda: None)
    monkeypatch.setattr(changes, "open_desk", lambda *_: desk)
    monkeypatch.setattr(changes, "load_program", lambda: None)
    monkeypatch.setattr(lease, "require_free", held)
    options = argparse.Namespace(command="rollback", commit=False, wait=0, yes=True)
    with pytest.raises(lease.Held):
        changes.rollback(options, None)  # type: ignore[arg-type]
