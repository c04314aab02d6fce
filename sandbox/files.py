"""Writing files so that a reader, or the next run after a crash, never sees half of one."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path` and put it in its place in one move."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)
