"""Which columns a copy is compared in."""

from __future__ import annotations

import pytest

from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.projection import Projection


def plain(name: str, charset: str = "utf8mb4") -> Column:
    return Column(name, "varchar(20)", "varchar", charset, f"{charset}_bin", False)


def kept(name: str, expression: str) -> Column:
    return Column(name, "varchar(20)", "varchar", "utf8mb4", "utf8mb4_bin", True, True, expression)


CLIENT = Table(
    "client",
    "CREATE TABLE …",
    (
        plain("id"),
        plain("Mail"),
        plain("city"),
        kept("short", "left(`mail`,5)"),
        kept("shorter", "left(`short`,2)"),
        kept("where", "upper(`city`)"),
        Column("shown", "varchar(20)", "varchar", "utf8mb4", "utf8mb4_bin", True, False, "upper(`city`)"),
    ),
    ("id",),
    "PRIMARY",
    0,
    0,
)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (None, ["id", "Mail", "city", "short", "shorter", "where"]),
        (MaskingRules("key", {}), ["id", "Mail", "city", "short", "shorter", "where"]),
        (MaskingRules("key", {"client.Mail": "mail"}), ["id", "Mail", "city", "where"]),
        (MaskingRules("key", {"client.city": "text"}), ["id", "Mail", "city", "short", "shorter"]),
    ],
)
def test_kept_values_are_compared_unless_a_mask_goes_into_them(rules: MaskingRules | None, expected: list[str]) -> None:
    assert [column.name for column in Projection(CLIENT, rules).compared] == expected


def test_texts_of_other_character_sets_are_compared_as_bytes() -> None:
    table = Table("old", "CREATE TABLE …", (plain("a", "cp932"), plain("b")), (), "", 0, 0)

    text = Projection(table).copy_text("t")

    assert "CAST(t.`a` AS BINARY)" in text
    assert "CAST(t.`b`" not in text


def test_types_within_documents_are_looked_at_where_the_rows_are_of_an_earlier_run() -> None:
    document = Column("article", "json", "json", None, None, False, shapes=(("id", "name"),))
    table = Table("task", "CREATE TABLE …", (document,), (), "", 0, 0)

    assert "JSON_TYPE" in Projection(table).copy_text("t")
    assert "JSON_TYPE" not in Projection(table, compares_types=False).copy_text("t")
