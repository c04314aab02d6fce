"""The personal data of the tests' shop: the rules that mask it, and whether any of it is left."""

from __future__ import annotations

import json

from cadrart_infra.shop_masking import SHOP_COLUMNS, SHOP_KEEP
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from tests.database.harness import OWNED, Shop

PASSWORD_HASH = "$2b$10$abcdefghijklmnopqrstuuB0Y9J1n1Tqz1kq3rV0e0sYcV7yq9m3a"
RULES = MaskingRules("a key that is kept elsewhere", SHOP_COLUMNS, SHOP_KEEP, PASSWORD_HASH)


def everything_below(shop: Shop, schema: str) -> str:
    """All contents of a schema as one text, JSON unescaped."""
    texts = []
    for table, rows in shop.contents(schema).items():
        for row in rows:
            texts.append(f"{table}: " + " | ".join(str(value) for value in row))
    return "\n".join(texts)


def personal_values(shop: Shop) -> set[str]:
    """Every original value in the columns and JSON paths that the rules cover."""
    found: set[str] = set()
    for full, rule in RULES.columns.items():
        table, column = full.split(".")
        for (value,) in shop.run(f"SELECT DISTINCT `{column}` FROM `{table}` WHERE `{column}` IS NOT NULL"):
            if isinstance(rule, str):
                found.add(value)
            else:
                document = json.loads(value)
                found |= {str(document[path[2:]]) for path in rule if document.get(path[2:])}
    return {value for value in found if len(value) > 3}


def require_no_original(shop: Shop, originals: set[str], schemas: tuple[str, ...] = OWNED) -> None:
    for schema in schemas:
        text = everything_below(shop, schema)
        # Thousands of values, each longer than three characters, in a megabyte: most are ruled out by how they begin.
        beginnings = {text[place : place + 4] for place in range(len(text))}
        assert [value for value in originals if value[:4] in beginnings and value in text] == [], schema
