"""Masking of a whole database: what its sessions need, the checks before the copy, and the check after it."""

from __future__ import annotations

from dataclasses import replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_reading import read_tables
from cadrart_infra.staging_sync.masking.check_constraints import broken_checks, require_checked_masks
from cadrart_infra.staging_sync.masking.coverage import require_rules
from cadrart_infra.staging_sync.masking.foreign_keys import parted_masks, require_joined_masks
from cadrart_infra.staging_sync.masking.kinds import KEY_VARIABLE, PASSWORD_VARIABLE
from cadrart_infra.staging_sync.masking.partitions import masks_without_partition
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.masking.uniqueness import repeated_masks, require_unique_masks


def let_mask(session: Session, rules: MaskingRules) -> None:
    """Sets the session's variables that masks are made with. A session without them would make NULL of every value."""
    key, password = sql.text(rules.key), sql.text(rules.password_hash)
    session.run(f"SET {KEY_VARIABLE} = {key}, {PASSWORD_VARIABLE} = {password}")


def require_maskable(session: Session, production: Inventory, rules: MaskingRules) -> None:
    """Raises UnmaskedColumns, RepeatedMasks or PartedMasks where the rules do not fit production's database.

    It only reads.
    """
    require_rules(session, production, rules)
    require_checked_masks(session, production, rules)
    require_unique_masks(session, production, rules)
    require_joined_masks(session, production, rules)


def problems(session: Session, production: Inventory, rules: MaskingRules) -> list[Problem]:
    """What a sync would refuse of rules that cover the database, by the rows that are there; only reads."""
    checks = (broken_checks, masks_without_partition, repeated_masks, parted_masks)
    return [problem for check in checks for problem in check(session, production, rules)]


def require_masked(session: Session, production: Inventory, schema: str, rules: MaskingRules) -> None:
    """Looks at the finished copy of production in `schema` as at production itself.

    Raises UnmaskedColumns, which says that the copy was removed: the caller removes it.
    """
    tables = read_tables(session, schema, list(production.tables))
    copy = replace(production, schema=schema, tables=tables)
    require_rules(session, copy, rules, "the finished copy, which was removed")
