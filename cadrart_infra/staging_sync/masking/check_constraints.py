"""Checks before a copy that masked rows still satisfy their tables' CHECK constraints.

On MariaDB rows are copied without their CHECKs, because old rows may break one. MySQL checks each row: see
`refused_masks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnmaskedColumns
from cadrart_infra.staging_sync.masking.conditions import Condition, broken_conditions
from cadrart_infra.staging_sync.masking.problems import Problem
from cadrart_infra.staging_sync.masking.rules import MaskingRules


def require_checked_masks(session: Session, inventory: Inventory, rules: MaskingRules) -> None:
    """Raises UnmaskedColumns with every CHECK that a row passes in production and would not pass masked.

    The session needs the key of the masks. It reads each table with such a CHECK once, without locks.
    """
    if not session.server.is_mariadb:
        return
    reasons = [problem.reason for problem in broken_checks(session, inventory, rules)]
    if reasons:
        raise UnmaskedColumns(
            "Masks would break CHECKs of production's tables:\n  " + "\n  ".join(reasons) + f"\n{UNTOUCHED} Give these "
            "columns another rule, or list them under sync.masking.keep where they are no personal data."
        )


def broken_checks(session: Session, inventory: Inventory, rules: MaskingRules) -> Iterator[Problem]:
    """Every CHECK that a row passes in production and would not pass masked."""
    return broken_conditions(session, inventory, rules, _checks(session, inventory))


_CHECK_CLAUSE = re.compile(r"^  CONSTRAINT (`(?:[^`]|``)+`) CHECK (\(.*\)),?$", re.MULTILINE)


def _checks(session: Session, inventory: Inventory) -> Iterator[Condition]:
    """Each enforced CHECK; of MySQL from the CREATE statement, which can be read back."""
    if not session.server.is_mariadb:
        for name, table in inventory.tables.items():
            for check, clause in _CHECK_CLAUSE.findall(table.statement):
                yield Condition(name, clause, f"CHECK {sql.unquoted(check)}: {clause}")
        return
    for table, check, clause in session.rows(
        "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints "
        f"WHERE constraint_schema = {sql.text(inventory.schema)} ORDER BY 1, 2"
    ):
        if table in inventory.tables:
            yield Condition(table, clause, f"CHECK {check}: {clause}")
