"""Puts what a benchmark found into a document, between two marks that name the command."""

from __future__ import annotations

from pathlib import Path


def put(text: str, command: str, content: str) -> str:
    """`text` with what lies between the command's marks exchanged for `content`; ValueError where they are missing."""
    begin, end = f"<!-- written by {command} -->", f"<!-- end of what {command} writes -->"
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"the marks {begin} and {end} are not in the text, so nothing was written")
    return f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}"


def write(path: Path, command: str, content: str) -> None:
    """The same with a file."""
    path.write_text(put(path.read_text(), command, content))
