"""What the cases of masking share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from cadrart_infra.staging_sync.masking.rules import MaskingRules, Rule
from cadrart_infra.staging_sync.sync import run_sync
from tests.database.harness import Shop

SECRET = "ecretperson"
"""In every value of the inputs that is a person's."""
MASKS: dict[str, Callable[[Any], bool]] = {
    "mail": lambda mask: re.fullmatch(r"u[0-9a-f]{24}@example\.invalid", mask) is not None,
    "text": lambda mask: re.fullmatch(r"texte [0-9a-f]{8}", mask) is not None,
    "date": lambda mask: re.fullmatch(r"\d{4}-\d\d-\d\d", mask) is not None,
    "number": lambda mask: isinstance(mask, int),
}
"""Whether a value is a mask of the kind."""


def rules(columns: Mapping[str, Rule], *keep: str) -> MaskingRules:
    return MaskingRules("key", columns, frozenset(keep))


def sync_and_when(shop: Shop, said: str, statements: list[str], masking: MaskingRules, schema: str) -> None:
    """A sync in which somebody runs these statements as soon as it says that."""

    def progress(line: str) -> None:
        if line.startswith(said):
            shop.run(*statements, schema=schema)

    run_sync(shop.endpoint, shop.owner, shop.request(masking=masking), progress)


def documents(shop: Shop, schema: str, column: str = "doc") -> dict[int, Any]:
    """Every document of the table `c`, by its number."""
    found = {}
    for number, text in shop.run(f"SELECT id, {column} FROM c", schema=schema):
        found[int(number)] = None if text is None else json.loads(text)
    return found
