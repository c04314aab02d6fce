"""Personal data replaced inside the server, in the copy's own SELECT list.

The same value gets the same mask wherever it stands, so that joins and look-ups still work; another key gives
other masks. NULL stays NULL.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cadrart_infra.mysql import sql
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnmaskedColumns

if TYPE_CHECKING:
    from cadrart_infra.mysql.schema import Inventory
    from cadrart_infra.mysql.session import Session

KEY_VARIABLE = "@cadrart_masking_key"

# The password "staging" for every masked account, as bcrypt stores it.
STAGING_PASSWORD_HASH = "$2b$10$cadrartStagingPassw.eOx6NSwhVbG.m6UgQhxwdeHW//3kFc7wO"

_FIRST_NAMES = (
    "Alice",
    "Bruno",
    "Clara",
    "Denis",
    "Elsa",
    "Felix",
    "Gilda",
    "Henri",
    "Irma",
    "Jules",
    "Karin",
    "Louis",
)
_LAST_NAMES = ("Acacia", "Bouleau", "Cerisier", "Dattier", "Erable", "Frene", "Genevrier", "Hetre", "If", "Jujubier")
_STREETS = ("rue du Chene", "avenue du Merisier", "place du Noyer", "quai de l'Orme", "chemin du Pin", "rue du Saule")


@dataclass(frozen=True)
class MaskingRules:
    """What is masked, and how.

    `columns` maps "table.column" to a kind of value (a key of KINDS), or, for a JSON column, to a mapping of JSON
    paths to kinds. `keep` lists columns, or "table.column$.path" of a JSON column, that look personal and are to
    stay as they are. `key` is the secret that the masks are made with.
    """

    key: str = field(repr=False)
    columns: Mapping[str, str | Mapping[str, str]]
    keep: frozenset[str] = frozenset()

    def fingerprint(self) -> str:
        """Tells rules and keys apart without giving the key away; salted by the rules themselves."""
        rules = sorted((column, str(rule)) for column, rule in self.columns.items())
        derived = hashlib.pbkdf2_hmac("sha256", self.key.encode(), repr(rules).encode(), 100_000)
        return derived.hex()[:32]


def _hash(value: str, domain: str) -> str:
    """Hexadecimal text of 64 digits that only the key's owner could compute."""
    return f"SHA2(CONCAT({KEY_VARIABLE}, '|{domain}|', LOWER(TRIM({value}))), 256)"


def _word(words: tuple[str, ...], value: str, domain: str) -> str:
    choices = ", ".join(sql.text(word) for word in words)
    return f"ELT(1 + CONV(LEFT({_hash(value, domain)}, 8), 16, 10) % {len(words)}, {choices})"


def _number(value: str, domain: str, digits: int) -> str:
    """A decimal text of so many digits, at most 15."""
    return f"LPAD(CONV(LEFT({_hash(value, domain)}, 12), 16, 10) % {10**digits}, {digits}, '0')"


def _tail(value: str, domain: str, length: int) -> str:
    return f"SUBSTR({_hash(value, domain)}, 9, {length})"


def _mail(value: str) -> str:
    return f"CONCAT('u', LEFT({_hash(value, 'mail')}, 24), '@example.invalid')"


def _first_name(value: str) -> str:
    return _word(_FIRST_NAMES, value, "first_name")


def _last_name(value: str) -> str:
    return f"CONCAT({_word(_LAST_NAMES, value, 'last_name')}, ' ', {_tail(value, 'last_name', 6)})"


def _company(value: str) -> str:
    return f"CONCAT('Atelier ', {_tail(value, 'company', 8)})"


def _address(value: str) -> str:
    street = _word(_STREETS, value, "address")
    return f"CONCAT({_number(value, 'house', 3)}, ' ', {street}, ', ', {_number(value, 'town', 4)} , ' Ville')"


def _phone(value: str) -> str:
    return f"CONCAT('+00', {_number(value, 'phone', 9)})"


def _vat(value: str) -> str:
    return f"CONCAT('XX0', {_number(value, 'vat', 9)})"


def _iban(value: str) -> str:
    return f"CONCAT('XX00', {_number(value, 'iban', 12)})"


def _password(value: str) -> str:
    return f"IF({value} IS NULL, NULL, {sql.text(STAGING_PASSWORD_HASH)})"


def _free_text(value: str) -> str:
    return f"CONCAT('texte ', {_tail(value, 'text', 8)})"


KINDS = {
    "mail": _mail,
    "first_name": _first_name,
    "last_name": _last_name,
    "company": _company,
    "address": _address,
    "phone": _phone,
    "vat": _vat,
    "iban": _iban,
    "password": _password,
    "text": _free_text,
}

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

SHOP_COLUMNS: Mapping[str, str | Mapping[str, str]] = {
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

SHOP_KEEP = frozenset(
    {"article.name", "formula.name", "location.name", "job.location"}
    | {f"task.article$.{key}" for key in ("id", "name", "price", "family", "formula", "maxReduction", "created_at")}
    | {
        f"offer.{column}$.{key}"
        for column in ("client", "assignedTo")
        for key in ("id", "tag", "reduction", "created_at")
    }
)
"""Columns of the shop that look personal and hold goods."""


def shop_rules(key: str) -> MaskingRules:
    """The ready set with the given key."""
    return MaskingRules(key, SHOP_COLUMNS, SHOP_KEEP)


_PERSONAL = re.compile(
    r"name|mail|phone|mobile|fax|address|street|city|town|zip|postal|birth|gender|vat|iban|bic|bank|passw|secret|token"
    r"|ssn|national|contact|person|customer|signature|comment|description|remark|note",
    re.IGNORECASE,
)
_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "date"}


def masked(rule: str | Mapping[str, str], value: str) -> str:
    """The expression that stands for the masked value."""
    if isinstance(rule, str):
        return KINDS[rule](value)
    replacements = []
    for path, kind in rule.items():
        found = f"JSON_EXTRACT({value}, '{path}')"
        text = f"IF(JSON_TYPE({found}) = 'NULL', NULL, JSON_UNQUOTE({found}))"
        replacements.append(f"'{path}', {KINDS[kind](text)}")
    return f"JSON_REPLACE({value}, {', '.join(replacements)})"


def require_rules(session: Session, inventory: Inventory, rules: MaskingRules) -> None:
    """Raises UnmaskedColumns when something looks personal and has no rule, or a rule fits nothing."""
    reasons = _unlisted(inventory, rules) + _misfits(inventory, rules) + _unlisted_json(session, inventory, rules)
    if reasons:
        raise UnmaskedColumns(
            "Masking is on and does not cover production's database:\n  " + "\n  ".join(reasons) + f"\n{UNTOUCHED} "
            "Add a rule to sync.masking, or list what is no personal data under its keep list."
        )


def _unlisted(inventory: Inventory, rules: MaskingRules) -> list[str]:
    found = []
    for table in inventory.tables.values():
        for column in table.stored:
            full = f"{table.name}.{column.name}"
            looks = column.data_type == "json" or _is_json_text(table.statement, column.name)
            looks = looks or (column.data_type in _TEXTS and _PERSONAL.search(column.name) is not None)
            if looks and full not in rules.columns and full not in rules.keep:
                found.append(f"{full} ({column.type}) looks personal and has no rule")
    return found


def _is_json_text(statement: str, column: str) -> bool:
    """MariaDB's JSON is a text column with a check."""
    return f"json_valid({sql.name(column)})" in statement


def _misfits(inventory: Inventory, rules: MaskingRules) -> list[str]:
    found = []
    for full, rule in rules.columns.items():
        table_name, _, column_name = full.partition(".")
        table = inventory.tables.get(table_name)
        if table is None:
            continue
        column = next((item for item in table.stored if item.name == column_name), None)
        kinds = {rule} if isinstance(rule, str) else set(rule.values())
        found += [f"the rule for {full} names an unknown kind {kind!r}" for kind in sorted(kinds - set(KINDS))]
        if column is None:
            found.append(f"the rule for {full} names a column that production lacks")
        elif column_name in table.key:
            found.append(f"the rule for {full} masks a key column, by which rows are told apart")
    return found


def _unlisted_json(session: Session, inventory: Inventory, rules: MaskingRules) -> list[str]:
    """Keys in masked JSON documents that neither a rule nor the keep list names; only the keys are read."""
    found = []
    for full, rule in rules.columns.items():
        table_name, _, column_name = full.partition(".")
        if isinstance(rule, str) or table_name not in inventory.tables:
            continue
        known = {path.removeprefix("$.") for path in rule}
        known |= {kept.removeprefix(f"{full}$.") for kept in rules.keep if kept.startswith(f"{full}$.")}
        found += [
            f"{full} holds {what} that no rule names"
            for what in _json_contents(session, inventory.schema, table_name, column_name)
            if what not in {f"the key {key!r}" for key in known}
        ]
    return found


def _json_contents(session: Session, schema: str, table: str, column: str) -> list[str]:
    value, source = sql.name(column), sql.table(schema, table)
    kinds = session.column(f"SELECT DISTINCT JSON_TYPE({value}) FROM {source} WHERE {value} IS NOT NULL")
    keys = session.column(
        f"SELECT DISTINCT k.k FROM {source} t, "
        f"JSON_TABLE(JSON_KEYS(t.{value}), '$[*]' COLUMNS (k varchar(255) PATH '$')) k "
        f"WHERE JSON_TYPE(t.{value}) = 'OBJECT' ORDER BY 1"
    )
    other = [f"values of type {kind}" for kind in kinds if kind not in ("OBJECT", "NULL")]
    return other + [f"the key {key!r}" for key in keys]
