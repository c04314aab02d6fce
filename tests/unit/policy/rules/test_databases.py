"""Which database whom has rights on."""

from typing import Any

import pytest

from policy.resources import UNKNOWN, Resource
from tests.unit.policy.declared import backend, config, dynamic, found, shop, with_value
from tests.unit.policy.rules.places import CONTAINER, DATABASE, Path


@pytest.mark.parametrize(
    "spoiled",
    [
        with_value(backend("stg"), (*DATABASE, "value"), "shop"),
        with_value(backend("stg"), (*DATABASE, "value"), "SHOP"),
        with_value(backend("stg"), (*DATABASE, "value"), UNKNOWN),
        with_value(backend("stg"), DATABASE, {"name": "CADRART_DB_DATABASE", "valueFrom": {}}),
        with_value(backend("stg"), DATABASE, {"name": UNKNOWN, "value": "shop"}),
        with_value(backend("stg"), (*CONTAINER, "env"), UNKNOWN),
        with_value(backend("prod"), (*DATABASE, "value"), "SHOP-STG"),
        config("stg-1a2b", "shop"),
        config("stg", "shop"),
        dynamic("StagingSync", databases={"production": "shop", "staging": "shop"}),
        dynamic("StagingSync", databases={"production": "shop-stg-2", "staging": "shop-stg"}),
        dynamic("StagingSync", databases={"production": "Shop", "staging": "sHop"}),
        dynamic("StagingSync", databases={"production": "shop", "staging": UNKNOWN}),
        dynamic("StagingSync", databases={"production": UNKNOWN, "staging": "shop-stg"}),
        dynamic("StagingSync", databases=UNKNOWN),
    ],
)
def test_staging_never_has_production_s_database(spoiled: Resource) -> None:
    assert "own-database" in found(spoiled)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("access", "staging_user"), "shop"),
        (("access", "staging_user"), UNKNOWN),
        (("access", "sync_user"), "shop-stg"),
        (("access", "sync_user"), "shop"),
        (("grants",), UNKNOWN),
        (("grants", 1), UNKNOWN),
        (("grants", 1), "GRANT SELECT ON `shop`.* TO `shop-stg`@`%`"),
        (("grants", 1), "GRANT SELECT ON `shop%`.* TO `shop-stg`@`%`"),
        (("grants", 1), "GRANT SELECT ON `sho_`.`client` TO 'shop-stg'@'%'"),
        (("grants", 1), "GRANT SELECT ON *.* TO `shop-stg`@`%`"),
        (("grants", 0), "GRANT SELECT ON `shop-stg`.* TO `shop`@`%`"),
    ],
)
def test_staging_s_account_has_no_rights_on_production(path: Path, value: Any) -> None:
    (accounts,) = (one for one in shop() if one.type.endswith("DatabaseAccounts"))
    assert "own-database" in found(with_value(accounts, path, value))


def test_a_grant_on_a_name_with_an_escaped_character_is_of_that_name_alone() -> None:
    (accounts,) = (one for one in shop() if one.type.endswith("DatabaseAccounts"))
    assert found(with_value(accounts, ("grants", 1), r"GRANT SELECT ON `sho\_`.* TO `shop-stg`@`%`")) == {}
    assert found(with_value(accounts, ("grants", 1), "GRANT staff TO `shop-stg`@`%`")) == {}


@pytest.mark.parametrize(
    ("database", "on"), [("my_shop", r"my\_shop"), ("my`shop", "my``shop"), ("my.shop", "my.shop"), ("Shop", "shop")]
)
def test_a_grant_reaches_a_database_by_its_quoted_name(database: str, on: str) -> None:
    (accounts,) = (one for one in shop() if one.type.endswith("DatabaseAccounts"))
    named = with_value(accounts, ("access", "production"), database)
    assert not found(named)
    assert "own-database" in found(with_value(named, ("grants", 1), f"GRANT SELECT ON `{on}`.* TO `shop-stg`@`%`"))


def test_what_is_no_sync_may_name_one_database() -> None:
    assert not found(
        dynamic("Backup", databases={"production": "shop"}),
        dynamic("Look", databases={"staging": "shop"}),
    )
