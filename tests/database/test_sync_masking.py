"""With masking on, no original value reaches any of staging's schemas, and joins still work."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from cadrart_infra.staging_sync.errors import NoPreviousCopy, UnmaskedColumns
from cadrart_infra.staging_sync.masking.kinds import KINDS
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from sandbox.shop import sample_data
from tests.database.harness import PRODUCTION, STAGING, Shop
from tests.database.personal_data import PASSWORD_HASH, RULES, everything_below, personal_values, require_no_original


def test_no_original_value_anywhere(shop: Shop) -> None:
    originals = personal_values(shop)
    assert len(originals) > 1000

    result = shop.sync(masking=RULES)

    require_no_original(shop, originals)
    assert result.masked_columns == len(RULES.columns)
    assert shop.definitions(STAGING) == shop.definitions(PRODUCTION)
    assert {t: len(r) for t, r in shop.contents(STAGING).items()} == {
        t: len(r) for t, r in shop.contents(PRODUCTION).items()
    }


def test_later_syncs_stay_masked_and_deterministic(shop: Shop) -> None:
    for _ in range(2):
        shop.sync(masking=RULES)
    masked = shop.contents(STAGING)
    shop.run("INSERT INTO client (id, lastName, mail) VALUES (900001, 'Vandenbroucke', 'someone.new@mail.example')")

    result = shop.sync(masking=RULES)

    assert (result.mode, result.repaired) == ("incremental", 1)
    assert len(set(shop.contents(STAGING)["client"]) - set(masked["client"])) == 1
    assert set(masked["offer"]) == set(shop.contents(STAGING)["offer"])
    require_no_original(shop, personal_values(shop))


def test_turning_masking_on_leaves_nothing_of_the_plain_copies(shop: Shop) -> None:
    for _ in range(2):
        shop.sync()

    result = shop.sync(masking=RULES)

    assert not result.previous_kept
    require_no_original(shop, personal_values(shop))


def test_no_previous_copy_comes_back_that_was_not_masked_as_the_settings_say(shop: Shop) -> None:
    """Asked for together with masking: staging got customers' data, and no later update saw a change of the rules."""
    shop.sync()
    shop.sync()
    before = shop.contents(STAGING)
    with pytest.raises(NoPreviousCopy, match=r"masked otherwise than sync\.masking says now"):
        shop.restore(masking=RULES)
    assert shop.contents(STAGING) == before

    shop.sync(masking=RULES)
    shop.sync(masking=RULES)
    shop.restore(masking=RULES)
    require_no_original(shop, personal_values(shop))
    with pytest.raises(NoPreviousCopy):
        shop.restore(masking=replace(RULES, key="another one"))


def test_another_key_makes_other_masks(shop: Shop) -> None:
    shop.sync(masking=RULES)
    first = shop.run("SELECT mail FROM client WHERE mail IS NOT NULL ORDER BY id", schema=STAGING)

    shop.sync(masking=replace(RULES, key="another key"))

    second = shop.run("SELECT mail FROM client WHERE mail IS NOT NULL ORDER BY id", schema=STAGING)
    assert not set(first) & set(second)


def test_masks_join_like_the_originals(shop: Shop) -> None:
    shop.run(
        "UPDATE offer SET client = JSON_OBJECT('mail', ' Person.3@MAIL.example', 'lastName', NULL, "
        "'address', JSON_ARRAY('a', 'b'), 'phone', '') WHERE id = 1",
        "UPDATE client SET mail = 'person.3@mail.example', phone = NULL WHERE id = 3",
    )
    shop.sync(masking=RULES)

    joined = shop.run(
        "SELECT c.id, c.phone FROM client c JOIN offer o ON c.mail = JSON_UNQUOTE(JSON_EXTRACT(o.client, '$.mail')) "
        "COLLATE utf8mb4_unicode_ci WHERE o.id = 1",
        schema=STAGING,
    )
    ((document,),) = shop.run("SELECT client FROM offer WHERE id = 1", schema=STAGING)

    assert joined == ((3, None),)
    assert json.loads(document)["lastName"] is None
    assert re.fullmatch(r"\d{3} .* Ville", json.loads(document)["address"])
    assert shop.run("SELECT DISTINCT password FROM team_member", schema=STAGING) == ((PASSWORD_HASH,),)


def test_values_have_the_shape_of_their_kind(shop: Shop) -> None:
    shop.sync(masking=RULES)
    shapes = {
        "mail": r"u[0-9a-f]{24}@example\.invalid",
        "phone": r"\+00\d{9}",
        "vat": r"XX0\d{9}",
        "firstName": r"[A-Z][a-z]+",
        "lastName": r"[A-Z][a-z]* [0-9a-f]{6}",
    }
    for column, shape in shapes.items():
        for (value,) in shop.run(f"SELECT DISTINCT {column} FROM client WHERE {column} IS NOT NULL", schema=STAGING):
            assert re.fullmatch(shape, value), value


@pytest.mark.parametrize(
    ("statement", "reported"),
    [
        ("ALTER TABLE client ADD COLUMN birthDate date", "client.birthDate (date) looks personal and has no rule"),
        ("ALTER TABLE stock ADD COLUMN extra json", "stock.extra"),
        ("ALTER TABLE client DROP COLUMN vat", "the rule for client.vat names a column that production lacks"),
        (
            "UPDATE offer SET client = JSON_SET(client, '$.birthday', '1980-01-01') WHERE id = 9",
            "offer.client holds the key 'birthday' that no rule names",
        ),
        (
            'UPDATE offer SET client = \'[{"mail": "a@b.example"}]\' WHERE id = 9',
            "offer.client holds values of type ARRAY",
        ),
    ],
)
def test_what_no_rule_covers_stops_the_run(shop: Shop, statement: str, reported: str) -> None:
    shop.run(statement)

    with pytest.raises(UnmaskedColumns) as caught:
        shop.sync(masking=RULES)

    assert reported in str(caught.value)
    assert not shop.run(f"SHOW DATABASES LIKE '{STAGING}'")


def test_rules_that_cannot_work_stop_the_run(shop: Shop) -> None:
    rules = MaskingRules("k", {**RULES.columns, "tag.id": "mail", "tag.title": "nonsense"}, RULES.keep)

    with pytest.raises(UnmaskedColumns) as caught:
        shop.sync(masking=rules)

    assert "the rule for tag.id masks a key column" in str(caught.value)
    assert "unknown kind 'nonsense'" in str(caught.value)


def test_key_is_not_shown(shop: Shop) -> None:
    shop.sync(masking=RULES)

    assert RULES.key not in repr(RULES) + RULES.fingerprint() + repr(shop.request(masking=RULES))
    assert RULES.key not in everything_below(shop, f"{STAGING}_sync")
    assert set(KINDS) >= {rule for rule in RULES.columns.values() if isinstance(rule, str)}
    assert set(sample_data.TABLES) >= {name.split(".")[0] for name in RULES.columns}
