"""Quoting names, and finding them in SQL that someone else wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra.mysql import sql

identifiers = st.text(min_size=1, max_size=20)


@given(identifiers)
def test_quoted_name_is_one_token_that_means_the_name(identifier: str) -> None:
    quoted = sql.name(identifier)

    assert quoted[0] == quoted[-1] == "`"
    assert quoted[1:-1].replace("``", "") == identifier.replace("`", "")
    assert sql.qualifiers(f"{quoted}.x") == {identifier}


@given(st.text())
def test_a_quoted_account_cannot_end_early(user: str) -> None:
    inner = sql.user_at_any_host(user).removesuffix("'@'%'")[1:]

    assert inner.replace("\\\\", "").replace("''", "").count("'") == 0


@given(st.text(max_size=40))
def test_text_literal_holds_no_character_with_a_meaning(value: str) -> None:
    literal = sql.text(value)

    assert not set(literal) - set("_utf8mb40x123456789abcdef '")
    assert "'" not in literal.removeprefix("''")


@given(identifiers, identifiers, st.text(max_size=20).filter(lambda text: "'" not in text and "\\" not in text))
def test_requalify_changes_qualifiers_and_no_text(old: str, new: str, text: str) -> None:
    statement = f"SELECT '{text}', {sql.name(old)}.{sql.name(old)} FROM {sql.name(old)}.t"

    changed = sql.requalify(statement, old, new)

    assert changed == f"SELECT '{text}', {sql.name(new)}.{sql.name(old)} FROM {sql.name(new)}.t"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT shop.t.a FROM shop . t", "SELECT `new`.t.a FROM `new` . t"),
        ("SELECT 'shop.t', \"shop.t\" -- shop.t\n, shop.f(1)", "SELECT 'shop.t', \"shop.t\" -- shop.t\n, `new`.f(1)"),
        (
            "SELECT `shop``.t`, shop, workshop.t, 'it''s \\' shop.t'",
            "SELECT `shop``.t`, shop, workshop.t, 'it''s \\' shop.t'",
        ),
        ("/* shop.t */ CALL shop/* here */.p() # shop.t", "/* shop.t */ CALL `new`/* here */.p() # shop.t"),
    ],
)
def test_requalify_reads_like_the_server(statement: str, expected: str) -> None:
    assert sql.requalify(statement, "shop", "new") == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SET @s = 'DELETE FROM `shop`.t'", True),
        ("SET @s = 'DELETE FROM shop . t'", True),
        ("SET @s = 'the shop is closed'", False),
        ("SET @s = 'DELETE FROM `shop-stg`.t, my-shop.t'", False),
        ("SELECT a FROM shop.t", False),
    ],
)
def test_texts_that_may_become_statements_are_found(text: str, found: bool) -> None:
    assert sql.texts_qualifying(text, "shop") is found


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DEFINER=`root`@`localhost` TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1",
        "CREATE DEFINER=`ro``ot@`@`%` TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1",
        "CREATE DEFINER=`role` TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1",
    ],
)
def test_definer_is_taken_out(statement: str) -> None:
    assert sql.without_definer(statement) == "CREATE TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1"


def test_only_the_definer_is_taken_out_of_a_view() -> None:
    statement = (
        "CREATE ALGORITHM=MERGE DEFINER=`a`@`%` SQL SECURITY DEFINER VIEW `v` AS select 'DEFINER=`x`@`y` ' AS `c`"
    )

    assert sql.without_definer(statement) == (
        "CREATE ALGORITHM=MERGE SQL SECURITY DEFINER VIEW `v` AS select 'DEFINER=`x`@`y` ' AS `c`"
    )


@pytest.mark.parametrize("state", ["ENABLE", "DISABLE", "DISABLE ON SLAVE", "DISABLE ON REPLICA"])
def test_event_is_disabled_from_the_start(state: str) -> None:
    statement = (
        f"CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE {state} COMMENT 'ENABLE' DO SELECT 1"
    )

    assert sql.disabled_event(statement).endswith("ON COMPLETION NOT PRESERVE DISABLE COMMENT 'ENABLE' DO SELECT 1")
