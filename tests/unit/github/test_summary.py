"""The summary of a job."""

from pathlib import Path

import pytest

from cadrart_infra.github.summary import add_to_summary


def test_a_summary_of_any_length_is_one_that_github_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts bytes, and leaves all of a longer one away."""
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    add_to_summary("→" * 900_000)
    assert 990_000 < file.stat().st_size < 1_048_576
    assert set(file.read_text().strip()) == {"→"}
