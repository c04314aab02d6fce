"""Reading grants as the server means them."""

from __future__ import annotations

import pytest

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.server import Server
from cadrart_infra.staging_sync.privileges import parse_grants


def test_grants_of_both_products_are_read() -> None:
    grants = parse_grants(
        [
            "GRANT USAGE ON *.* TO `sync`@`%` IDENTIFIED BY PASSWORD '*ABC'",
            "GRANT SELECT, SHOW VIEW ON `shop`.* TO `sync`@`%`",
            "GRANT ALL PRIVILEGES ON `shop-stg%`.* TO `sync`@`%`",
            "GRANT SELECT (a, b), INSERT ON `shop`.`client` TO `sync`@`%`",
            "GRANT PROXY ON ''@'' TO 'root'@'localhost'",
            "GRANT `role`@`%` TO `sync`@`%`",
        ]
    )

    assert len(grants) == 4
    assert grants[1].gives("SHOW VIEW", "shop")
    assert not grants[1].gives("INSERT", "shop")
    assert grants[2].gives("DROP", "shop-stg_next")
    assert grants[3].gives("INSERT", "shop", "client")
    assert not grants[3].gives("INSERT", "shop")


@pytest.mark.parametrize("kind", ["FUNCTION", "PROCEDURE", "PACKAGE", "PACKAGE BODY"])
def test_a_right_on_one_routine_is_read(kind: str) -> None:
    """Who may run a routine of production reaches what its owner reaches."""
    (grant,) = parse_grants([f"GRANT EXECUTE, ALTER ROUTINE ON {kind} `shop`.`wipe` TO `stg`@`%`"])

    assert (grant.schema, grant.table, grant.rights) == ("shop", "wipe", frozenset({"EXECUTE", "ALTER ROUTINE"}))
    assert not grant.gives("EXECUTE", "shop")


@pytest.mark.parametrize(
    ("pattern", "schema", "matches"),
    [
        ("shop%", "shop_next", True),
        ("shop_", "shopx", True),
        (r"shop\_x", "shopyx", False),
        (r"shop\_x", "shop_x", True),
        (r"shop\%", "shop1", False),
        ("a.b", "axb", False),
    ],
)
def test_schema_patterns_match_as_the_server_matches(pattern: str, schema: str, matches: bool) -> None:
    (grant,) = parse_grants([f"GRANT SELECT ON `{pattern}`.* TO `u`@`%`"])

    assert grant.gives("SELECT", schema) is matches


@pytest.mark.parametrize("schema", ["plain", "with_underscore", "per%cent", "back\\slash"])
def test_escaped_name_matches_itself_alone(schema: str) -> None:
    (grant,) = parse_grants([f"GRANT SELECT ON {sql.grant_pattern(schema)}.* TO `u`@`%`"])

    assert grant.gives("SELECT", schema)
    assert not grant.gives("SELECT", schema.replace("_", "x").replace("%", "x").replace("\\", "x") + "y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.0.42", Server(False, (8, 0, 42))),
        ("9.7.4-2", Server(False, (9, 7, 4))),
        ("10.11.18-MariaDB-0+deb12u1", Server(True, (10, 11, 18))),
        ("5.5.5-10.11.6-MariaDB-log", Server(True, (10, 11, 6))),
    ],
)
def test_versions_are_read(text: str, expected: Server) -> None:
    assert Server.parse(text) == expected
