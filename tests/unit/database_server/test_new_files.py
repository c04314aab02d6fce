"""New data files for a server that does not start: the command, and how it ends where a signal ends it."""

import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cadrart_infra.cluster.job_runner import JobRunner
from cadrart_infra.database_server import __main__ as command_line
from cadrart_infra.database_server import new_files
from cadrart_infra.interruption import INTERRUPTED
from cadrart_infra.naming import DATABASE_CLAIM


class Control:
    """Of a server that does not start."""

    def __init__(self, _kubectl: Any) -> None: ...

    def read(self) -> Any:
        return SimpleNamespace(running={}, pods=(), template={"spec": {"containers": [{"image": "db:1"}]}})


@pytest.fixture(autouse=True)
def dead_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadrart_infra.database_server.__main__.require_answer", lambda _: None)
    monkeypatch.setattr("cadrart_infra.rights.require", lambda _: None)
    monkeypatch.setattr("cadrart_infra.cluster.lease.held", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(new_files, "Control", Control)
    monkeypatch.setattr(JobRunner, "run", _interrupted)


def _interrupted(*_: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("there", "left"),
    [
        (["mysql"], ["mysql-kept-2"]),
        (["mysql-kept-1"], ["mysql-kept-1"]),
        (["mysql-kept-1", "mysql"], ["mysql-kept-1", "mysql-kept-2"]),
        ([], None),
    ],
    ids=["first", "after one that was cut off", "after one whose server made files", "nothing"],
)
def test_what_was_moved_already_is_not_moved_again(tmp_path: Path, there: list[str], left: list[str] | None) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    given = {**os.environ, "VOLUME": str(tmp_path), "KEPT": "mysql-kept-", "NOW": "2"}
    done = subprocess.run(["sh", "-c", new_files.MOVE], env=given, capture_output=True, text=True, check=False)
    if left is None:
        assert done.returncode
        assert "mysql" in done.stderr
    else:
        assert done.stdout.split() == left == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (_interrupted, INTERRUPTED, "Interrupted. Nothing was changed."),
        (lambda _: "yes", 1, "Nothing was changed."),
        (lambda _: DATABASE_CLAIM, INTERRUPTED, "are kept as mysql-kept-"),
    ],
    ids=["at the question", "another word", "in its middle"],
)
def test_what_was_not_begun_or_broke_off_is_reported_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: Callable[[str], str],
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr("builtins.input", typed)
    assert command_line.main(["new-files"]) == status
    assert said in "".join(capsys.readouterr())
