"""Which columns are masked how, and the expression that replaces a masked column in the copy's SELECT list."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cadrart_infra.mysql.table_definitions import Column
from cadrart_infra.staging_sync.masking.allowed_paths import Allowed, allowed_tree
from cadrart_infra.staging_sync.masking.column_masks import column_mask
from cadrart_infra.staging_sync.masking.documents import rebuilt_document

Rule = str | Mapping[str, str]
"""A kind of value (one of KINDS), or, for a column of JSON documents, JSON paths with their kinds."""


_KEPT_PATH = re.compile(r"([^.]+\..+?)(\$(?:[.\[].*)?)", re.S)
"""The column and the path: a column's name may have a `$` in it, but not before a step of a path."""
_GENERATION = 2
"""Raised when the same rules hide more than before: an older copy is then neither reused nor kept."""


@dataclass(frozen=True)
class MaskingRules:
    """What is masked, and how."""

    key: str = field(repr=False)
    """The secret that the masks are made with."""
    columns: Mapping[str, Rule]
    """The rule of each column, by "table.column"."""
    keep: frozenset[str] = frozenset()
    """Columns that stay as they are; of JSON documents also "table.column$.path"."""
    password_hash: str = field(default="", repr=False)
    """Of the password that every masked account gets."""

    def fingerprint(self) -> str:
        """Changes with the rules and with the key, and does not reveal the key; salted by the rules themselves."""
        rules = sorted((column, _text(rule)) for column, rule in self.columns.items())
        salt = repr((_GENERATION, rules, sorted(self.keep)))
        secret = f"{self.key}{self.password_hash}"
        derived = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), 100_000)
        return derived.hex()[:32]

    @property
    def listed(self) -> frozenset[str]:
        """Every column with a rule. Kept paths alone are a rule too, which allows nothing else."""
        return frozenset({*self.columns, *(kept[0] for kept in map(self.kept_path, self.keep) if kept)})

    @staticmethod
    def kept_path(name: str) -> tuple[str, str] | None:
        """Column and path where a line of `keep` may be about a path of documents."""
        kept = _KEPT_PATH.fullmatch(name)
        return (kept[1], kept[2]) if kept else None

    def allowed(self, full: str) -> Allowed | None:
        """What documents in the column "table.column" may hold; None where no rule names paths. Raises PathError."""
        rule = self.columns.get(full, {})
        kept = [kept[1] for kept in map(self.kept_path, self.keep) if kept and kept[0] == full]
        if isinstance(rule, str) or not (rule or kept):
            return None
        return allowed_tree(rule, kept)

    def masked(self, full: str, column: Column, value: str) -> str | None:
        """The expression that stands for the masked value of a column; None where it has no rule."""
        rule = self.columns.get(full)
        if isinstance(rule, str):
            return column_mask(rule, column, value)
        documents = self.allowed(full)
        return None if documents is None else rebuilt_document(documents, column, value)


def _text(rule: Rule) -> str:
    """The rule as a text that does not depend on the order of its paths."""
    return rule if isinstance(rule, str) else str(dict(sorted(rule.items())))
