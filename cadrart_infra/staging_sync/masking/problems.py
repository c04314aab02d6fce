"""A masking rule that would make a copy which the server refuses, or which is wrong for its readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`columns`: those whose rules cause it, as rules name them. `reason`: a sentence for people, without values."""

    columns: tuple[str, ...]
    reason: str
