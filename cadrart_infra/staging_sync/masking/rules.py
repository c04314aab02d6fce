"""Which columns are masked how, and the expression that stands for a masked column in the copy's own SELECT list."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from cadrart_infra.staging_sync.masking.kinds import KINDS

Rule = str | Mapping[str, str]
"""A kind of value (a key of KINDS), or, for a JSON column, JSON paths with their kinds."""


@dataclass(frozen=True)
class MaskingRules:
    """What is masked, and how.

    `columns` maps "table.column" to its rule. `keep` lists columns, or "table.column$.path" of a JSON column, that look
    personal and are to stay as they are. `key` is the secret that the masks are made with.
    """

    key: str = field(repr=False)
    columns: Mapping[str, Rule]
    keep: frozenset[str] = frozenset()

    def fingerprint(self) -> str:
        """Tells rules and keys apart without giving the key away; salted by the rules themselves."""
        rules = sorted((column, _text(rule)) for column, rule in self.columns.items())
        derived = hashlib.pbkdf2_hmac("sha256", self.key.encode(), repr(rules).encode(), 100_000)
        return derived.hex()[:32]


def masked(rule: Rule, value: str) -> str:
    """The expression that stands for the masked value."""
    if isinstance(rule, str):
        return KINDS[rule](value)
    replacements = []
    for path, kind in rule.items():
        found = f"JSON_EXTRACT({value}, '{path}')"
        text = f"IF(JSON_TYPE({found}) = 'NULL', NULL, JSON_UNQUOTE({found}))"
        replacements.append(f"'{path}', {KINDS[kind](text)}")
    return f"JSON_REPLACE({value}, {', '.join(replacements)})"


def _text(rule: Rule) -> str:
    """The same for the same rule, in whatever order its paths stand."""
    return rule if isinstance(rule, str) else str(dict(sorted(rule.items())))
