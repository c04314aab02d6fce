"""What a benchmark found, in the document."""

from __future__ import annotations

import pytest

from benchmarks.document import put
from sandbox.paths import REPOSITORY

TEXT = "before\n<!-- written by make it -->\nold\n<!-- end of what make it writes -->\nafter\n"


def test_only_what_is_between_the_marks_is_exchanged() -> None:
    once = put(TEXT, "make it", "\nnew\n")

    assert once == ("before\n<!-- written by make it -->\n\nnew\n\n<!-- end of what make it writes -->\nafter\n")
    assert put(once, "make it", "new") == once


@pytest.mark.parametrize(("text", "command"), [(TEXT, "make other"), ("<!-- written by make it --> only", "make it")])
def test_missing_marks_are_an_error(text: str, command: str) -> None:
    with pytest.raises(ValueError, match="nothing was written"):
        put(text, command, "new")


@pytest.mark.parametrize("command", ["make bench-sync, unlimited", "make bench-sync, live-limits", "make bench-switch"])
def test_the_document_has_the_marks(command: str) -> None:
    text = (REPOSITORY / "docs" / "benchmarks.md").read_text()

    assert "new" in put(text, command, "new")
