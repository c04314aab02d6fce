"""Whether the rules cover a database: a column that looks personal and has none stops the sync before it has begun."""

from __future__ import annotations

import re

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnmaskedColumns
from cadrart_infra.staging_sync.masking.kinds import KINDS
from cadrart_infra.staging_sync.masking.rules import MaskingRules

_PERSONAL = re.compile(
    r"name|mail|phone|mobile|fax|address|street|city|town|zip|postal|birth|gender|vat|iban|bic|bank|passw|secret|token"
    r"|ssn|national|contact|person|customer|signature|comment|description|remark|note",
    re.IGNORECASE,
)
_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "date"}


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
