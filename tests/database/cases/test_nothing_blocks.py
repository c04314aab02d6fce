"""No valid schema keeps the sync from working for good, and no error leaves out which table or object it is about."""

from __future__ import annotations

from cadrart_infra.staging_sync.pace import GENTLE
from tests.database.cases.playing import require_carried
from tests.database.harness import Shop


def test_a_decimal_key_with_an_exponent(empty_shop: Shop) -> None:
    require_carried(empty_shop, "26-decimal-key-written-with-an-exponent", pace=GENTLE)
