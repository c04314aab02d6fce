"""What is personal in the shop's own tables: the ready set of masking rules, and what a stack adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cadrart_infra.staging_sync.masking.rules import MaskingRules, Rule

_PERSON = {
    "$.lastName": "last_name",
    "$.firstName": "first_name",
    "$.company": "company",
    "$.address": "address",
    "$.mail": "mail",
    "$.phone": "phone",
    "$.phone2": "phone",
    "$.vat": "vat",
    "$.password": "password",
}

SHOP_COLUMNS: Mapping[str, Rule] = {
    "client.lastName": "last_name",
    "client.firstName": "first_name",
    "client.company": "company",
    "client.address": "address",
    "client.mail": "mail",
    "client.phone": "phone",
    "client.phone2": "phone",
    "client.vat": "vat",
    "offer.client": _PERSON,
    "offer.assignedTo": _PERSON,
    "team_member.lastName": "last_name",
    "team_member.firstName": "first_name",
    "team_member.address": "address",
    "team_member.mail": "mail",
    "team_member.phone": "phone",
    "team_member.password": "password",
    "provider.name": "company",
    "provider.address": "address",
    "provider.vat": "vat",
    "provider.iban": "iban",
    "provider.mail": "mail",
    "job.description": "text",
    "task.comment": "text",
    "task.article": {"$.provider": "company"},
}
"""A ready set for the shop's tables."""

_GOODS = {
    "article": ("name", "price", "buyPrice", "sellPrice", "family", "maxReduction"),
    "client": ("reduction",),
    "formula": ("name", "formula"),
    "job": (
        *("orderId", "image", "location", "count", "dueDate", "measure"),
        *("openingWidth", "openingHeight", "reminderSent"),
    ),
    "location": ("name",),
    "migrations": ("timestamp", "name"),
    "offer": ("number", "total", "adjustedReduction"),
    "stock": ("quantity", "orderDate"),
    "tag": ("title", "name"),
    "task": ("total", "doneCount"),
}
_TABLES = (
    "article",
    "client",
    "formula",
    "job",
    "location",
    "offer",
    "provider",
    "stock",
    "tag",
    "task",
    "team_member",
)
_KEPT_OF_ARTICLES = ("id", "name", "price", "family", "formula", "formula.*", "maxReduction", "created_at")
_KEPT_OF_PEOPLE = ("id", "tag", "tag.id", "tag.title", "reduction", "created_at")

SHOP_KEEP = frozenset(
    {f"{table}.{column}" for table, columns in _GOODS.items() for column in columns}
    | {f"{table}.created_at" for table in _TABLES}
    | {f"task.article$.{key}" for key in _KEPT_OF_ARTICLES}
    | {f"offer.{column}$.{key}" for column in ("client", "assignedTo") for key in _KEPT_OF_PEOPLE}
)
"""Columns and paths of the shop that hold goods, work and money."""


def effective_rules(columns: Mapping[str, Rule], keep: Iterable[str]) -> dict[str, Any]:
    """The ready set with a stack's own rules, which win; plain data, for a resource's inputs."""
    return {"columns": {**SHOP_COLUMNS, **columns}, "keep": sorted({*SHOP_KEEP, *keep})}


def masking_fingerprint(columns: Mapping[str, Rule], keep: Iterable[str]) -> str:
    """Changes with the effective rules."""
    rules = effective_rules(columns, keep)
    return MaskingRules(key="", columns=rules["columns"], keep=frozenset(rules["keep"])).fingerprint()
