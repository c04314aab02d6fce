"""Text for GitHub's pages (pure functions)."""

import re
from collections.abc import Iterable

LONGEST = 60_000
"""Characters of a comment's or an issue's text; GitHub takes 65,536."""
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_SHORTEST_SECRET = 4
"""Characters: a shorter value would hide half of the text."""
MASK = "***"


def fenced(text: str, kind: str = "text") -> str:
    """A block of text as it is: its fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def folded(title: str, text: str, room: int, pointer: str) -> str:
    """A fold with a block of text, cut where it is longer than `room`; `pointer` then says where the whole is."""
    cut = f"\n\n{pointer}" if len(text) > room else ""
    return f"<details><summary>{title}</summary>\n\n{fenced(text[: max(room, 0)])}{cut}\n\n</details>\n"


def clean(text: str, secrets: Iterable[str]) -> str:
    """Without colour codes, and with `***` in the place of known secret values, the longest first."""
    text = _COLOURS.sub("", text)
    for secret in sorted({one for one in secrets if len(one) >= _SHORTEST_SECRET}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
