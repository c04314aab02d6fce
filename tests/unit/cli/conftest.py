"""What all tests of the commands share."""

import pytest


@pytest.fixture(autouse=True)
def _nothing_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command begins beside the rest would outlive a test of a command that is refused."""
    monkeypatch.setattr("cadrart_infra.cli.command_line.begin_to_reach_the_cluster", lambda _options, _folder: None)
    monkeypatch.setattr("cadrart_infra.cli.engine.load_program", lambda: None)
