"""The command that lists and restores backups."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.backup import __main__ as command_line
from cadrart_infra.backup import commands
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.restore import RestoreRequest, restore
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.entry import IMAGES, REPLACES, Job
from cadrart_infra.history.store import Work
from cadrart_infra.interruption import Interrupted
from cadrart_infra.terminal import Say


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

    def test_what_ends_it_while_it_looks_for_the_backup_has_begun_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cadrart_infra.backup.restore.places_of", lambda _: None)
        monkeypatch.setattr("cadrart_infra.backup.restore.list_backups", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(Interrupted, match=r"Production was not touched\. Run a restore again"):
            restore(mock.Mock(), RestoreRequest("latest", True, lambda *_: True), lambda _: None)


BACKUP = Backup(
    name="20260101-100000-blue",
    database="atelier-cadrart",
    time="2026-01-01T10:00:00+00:00",
    server="9.7.0",
    serving="blue",
    images={"backend-blue": "shop/backend:1", "frontend-blue": "shop/frontend:1"},
    tables=3,
    events=0,
    size=10,
    sha256="0" * 64,
)


class TestRecord:
    @pytest.mark.parametrize(
        ("replaced", "facts"),
        [
            ([], {}),
            ([BACKUP], {REPLACES: True, IMAGES: {"backend": "shop/backend:1", "frontend": "shop/frontend:1"}}),
            ([None], {REPLACES: True, IMAGES: {}}),
        ],
    )
    @pytest.mark.parametrize("replace_production", [True, False])
    def test_it_says_what_production_is_now_and_not_what_was_asked_for(
        self,
        monkeypatch: pytest.MonkeyPatch,
        replaced: list[Backup | None],
        facts: dict[str, Any],
        replace_production: bool,
    ) -> None:
        """The answer may have been no; and a look first ends a restore that was interrupted."""
        noted: list[Work] = []

        @contextlib.contextmanager
        def recorded(_kubectl: Kubectl, _job: Job, what: str, _say: Say) -> Iterator[Work]:
            noted.append(Work(what))
            yield noted[0]

        def restore(_kubectl: Kubectl, request: RestoreRequest, _say: Say) -> str:
            for backup in replaced:
                request.replaced(backup)
            return "done"

        monkeypatch.setattr(commands, "recorded", recorded)
        monkeypatch.setattr(commands, "restore", restore)
        commands.restore_and_record(Kubectl("cadrart"), "latest", replace_production=replace_production, ask=False)
        assert noted[0].facts == {**facts, "result": "done"}
