"""What a rule would do to a copy that the server, or a reader of the copy, could not take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`columns`: those whose rules bring it about, as rules name them. `reason`: a sentence for people, no values."""

    columns: tuple[str, ...]
    reason: str
