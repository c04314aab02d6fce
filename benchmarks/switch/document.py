"""Puts a run's results into the documents that tell of them."""

from __future__ import annotations

from pathlib import Path

BEGIN, END = "<!-- written by make bench-switch -->", "<!-- end of what make bench-switch writes -->"


def put(text: str, content: str) -> str:
    """`text` with what lies between the two marks exchanged for `content`. Raises ValueError where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the marks {BEGIN} and {END} are not in the text, so nothing was written")
    return f"{before}{BEGIN}\n\n{content.strip()}\n\n{END}{after}"


def write(path: Path, content: str) -> None:
    """The same with a file."""
    path.write_text(put(path.read_text(), content))
