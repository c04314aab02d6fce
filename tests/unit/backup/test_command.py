"""The command that lists and restores backups."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from cadrart_infra.backup import __main__ as command_line
from cadrart_infra.backup import commands
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.errors import BackupError


class TestCommand:
    def test_production_is_replaced_only_for_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for typed, confirmed in (("atelier-cadrart", True), ("yes", False), ("", False)):
            monkeypatch.setattr("builtins.input", lambda _, typed=typed: typed)
            assert commands.confirm("what is lost", "atelier-cadrart") is confirmed

    def test_an_error_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        def refuse(*_: Any) -> list[Backup]:
            raise BackupError("There is no claim.")

        monkeypatch.setattr("cadrart_infra.backup.__main__.require_answer", lambda _: None)
        monkeypatch.setattr("cadrart_infra.rights.require", lambda _: None)
        monkeypatch.setattr(commands, "list_backups", refuse)
        assert command_line.main(["list"]) == 1
        assert capsys.readouterr().err == "error: There is no claim.\n"

    def test_what_ends_it_after_its_work_takes_nothing_back(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The Lease is given back by then, and production has been replaced."""

        @contextlib.contextmanager
        def held(*_: Any) -> Iterator[None]:
            yield
            raise KeyboardInterrupt

        monkeypatch.setattr(command_line, "require_answer", lambda _: None)
        monkeypatch.setattr("cadrart_infra.rights.require", lambda _: None)
        monkeypatch.setattr("cadrart_infra.cluster.lease.held", held)
        monkeypatch.setattr(command_line, "restore_and_record", lambda *_, **__: 0)
        assert command_line.main(["restore", "latest"]) == 130
        assert capsys.readouterr().err == f"\n{commands.INTERRUPTED_RESTORE}\n"
