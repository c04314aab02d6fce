"""What all tests of the commands share."""

import pytest


@pytest.fixture(autouse=True)
def _nothing_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command begins beside the rest would outlive a test of a command that is refused."""
    monkeypatch.setattr("cadrart_infra.cli.command_line.connect_early", lambda _options, _folder: None)
    monkeypatch.setattr("cadrart_infra.cli.engine.preload_program", lambda: None)
