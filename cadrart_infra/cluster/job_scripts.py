"""The scripts that run in the pods of Jobs."""

from __future__ import annotations

from pathlib import Path


def job_script(*parts: Path, given: str = "") -> str:
    """The text of a script in parts, after what all scripts of Jobs begin with and what it is `given`, as Bash."""
    start = Path(__file__).with_name("job_start.sh")
    return start.read_text("utf-8") + given + "".join(part.read_text("utf-8") for part in parts)
