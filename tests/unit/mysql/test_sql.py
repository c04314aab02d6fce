"""Quoting names, texts and accounts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.parsed_statement import ParsedStatement

identifiers = st.text(min_size=1, max_size=20)


@given(identifiers)
def test_quoted_name_is_one_token_that_means_the_name(identifier: str) -> None:
    quoted = sql.name(identifier)

    assert quoted[0] == quoted[-1] == "`"
    assert quoted[1:-1].replace("``", "") == identifier.replace("`", "")
    assert sql.unquoted(quoted) == identifier
    # Rows of a trigger, and whose functions they are: never a schema.
    is_no_schema = identifier.lower() in ("new", "old", "mariadb_schema", "oracle_schema", "maxdb_schema")
    assert [name for _, name in ParsedStatement(f"{quoted}.x").schemas] == ([] if is_no_schema else [identifier])


@given(st.text())
def test_a_quoted_account_cannot_end_early(user: str) -> None:
    inner = sql.user_at_any_host(user).removesuffix("'@'%'")[1:]

    assert inner.replace("\\\\", "").replace("''", "").count("'") == 0


@given(st.text(max_size=40))
def test_text_literal_holds_no_character_with_a_meaning(value: str) -> None:
    literal = sql.text(value)

    assert not set(literal) - set("_utf8mb40x123456789abcdef '")
    assert "'" not in literal.removeprefix("''")
