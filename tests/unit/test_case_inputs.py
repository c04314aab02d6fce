"""Inputs of the database tests without a test would look covered and be none."""

from __future__ import annotations

from pathlib import Path

CASES = Path(__file__).parents[1] / "database" / "cases"


def test_every_input_is_played_by_a_test() -> None:
    tests = "\n".join(path.read_text() for path in CASES.glob("test_*.py"))
    inputs = [path.stem for path in (CASES / "inputs").glob("*.sql")]
    assert len(inputs) > 30
    assert [name for name in inputs if f'"{name}"' not in tests] == []
