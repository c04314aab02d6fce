"""A review's database: production's, masked by production's own server, and then on another one."""

from __future__ import annotations

import pytest

from cadrart_infra.review.errors import MaskedCopyError
from cadrart_infra.review.masked_copy import CopyRequest, MaskedCopy, Servers, copy_masked
from cadrart_infra.staging_sync.errors import SyncError, UnmaskedColumns
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.schemas import Schemas
from tests.database import zoo
from tests.database.cases.playing import produce
from tests.database.harness import PRODUCTION, STAGING, Shop
from tests.database.personal_data import RULES, personal_values, require_no_original

MADE = (STAGING, f"{STAGING}_next")


def copied(shop: Shop, rules: MaskingRules = RULES, time_limit: float = 600) -> MaskedCopy:
    """Both ends are one server here; that they are two is the cluster test's."""
    ends = Servers(shop.endpoint, shop.endpoint, shop.owner)
    return copy_masked(ends, CopyRequest(Schemas(PRODUCTION, STAGING), rules, time_limit), shop.lines.append)


def rules_that_keep_all(shop: Shop) -> MaskingRules:
    listed = shop.run(
        f"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = '{PRODUCTION}'"
    )
    return MaskingRules("a key", {}, frozenset(f"{table}.{column}" for table, column in listed))


def test_every_row_comes_over_and_no_original_value_does(shop: Shop) -> None:
    originals = personal_values(shop)
    assert len(originals) > 1000

    for _ in range(2):  # the second one replaces the first
        made = copied(shop)

    require_no_original(shop, originals, MADE)
    assert made.masked_columns == len(RULES.columns)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)
    counts = {table: len(rows) for table, rows in shop.contents(PRODUCTION).items()}
    assert {table: len(rows) for table, rows in shop.contents(STAGING).items()} == counts
    assert made.rows == sum(counts.values())


def test_a_copy_has_the_masks_of_a_sync(shop: Shop) -> None:
    shop.sync(masking=RULES)
    synced = shop.contents(STAGING)
    copied(shop)
    assert shop.contents(STAGING) == synced


def test_what_needs_no_mask_comes_over_as_it_is_whatever_its_type(empty_shop: Shop) -> None:
    empty_shop.run(*zoo.statements(empty_shop.server.kind.name))
    before = empty_shop.contents(PRODUCTION)

    copied(empty_shop, rules_that_keep_all(empty_shop))

    assert empty_shop.contents(STAGING) == before
    assert {name.partition(" ")[2] for name in empty_shop.definitions(STAGING)} == {
        name.partition(" ")[2] for name in empty_shop.definitions(PRODUCTION)
    }


def test_history_comes_over_too(empty_shop: Shop) -> None:
    produce(empty_shop, "54-tables-with-history")
    copied(empty_shop, rules_that_keep_all(empty_shop))
    assert empty_shop.contents(STAGING) == empty_shop.contents(PRODUCTION)


def test_a_column_without_a_rule_stops_it_before_a_row_was_read(shop: Shop) -> None:
    shop.run("ALTER TABLE client ADD nickname varchar(40) DEFAULT 'Vandenbroucke the younger'")
    with pytest.raises(UnmaskedColumns, match=r"client\.nickname"):
        copied(shop)
    assert [shop.tables(schema) for schema in MADE] == [[], []]


def test_what_fails_half_way_leaves_no_database_and_nothing_that_is_not_masked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    originals = personal_values(shop)

    def another(*_: object) -> None:
        return None

    monkeypatch.setattr("cadrart_infra.review.masked_copy.copy_digest", another)
    with pytest.raises(MaskedCopyError, match="is not what production has"):
        copied(shop)
    assert shop.tables(STAGING) == []
    require_no_original(shop, originals, MADE)


def test_an_account_that_could_change_production_is_refused(shop: Shop) -> None:
    shop.run(f"GRANT INSERT ON `{PRODUCTION}`.* TO '{shop.endpoint.user}'@'%'")
    with pytest.raises(SyncError, match="could change production"):
        copied(shop)


def test_it_gives_up_after_its_time(shop: Shop) -> None:
    with pytest.raises(MaskedCopyError, match=r"longer than sync\.timeLimit"):
        copied(shop, time_limit=0)
    assert shop.tables(STAGING) == []
