"""SQL of the databases and the accounts."""

from cadrart_infra.accounts.statements import (
    Access,
    Account,
    grants,
    init_script,
)

ACCESS = Access("atelier-cadrart", "atelier-cadrart-stg", "atelier-cadrart", "atelier-cadrart-stg", "cadrart-sync")


def test_the_init_script_makes_both_databases_and_production_alone_gets_rights() -> None:
    script = init_script(ACCESS)
    for database in ("atelier-cadrart", "atelier-cadrart-stg"):
        expected = f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
        assert expected in script
    assert "GRANT ALL PRIVILEGES ON `atelier-cadrart`.* TO 'atelier-cadrart'@'%';" in script
    assert script.count("GRANT") == 1
    assert "IDENTIFIED" not in script


def test_an_application_has_rights_on_its_own_database_only() -> None:
    assert "`atelier-cadrart`.*" in grants(ACCESS, Account.PRODUCTION)[0]
    assert "`atelier-cadrart-stg`.*" in grants(ACCESS, Account.STAGING)[0]


def test_wildcards_in_a_database_name_are_escaped_where_grants_know_them() -> None:
    access = Access("a_b", "a_c", "p", "s", "y")
    assert r"ON `a\_b`.*" in grants(access, Account.PRODUCTION)[0]
    assert r"ON `a\_c%`.*" in grants(access, Account.SYNC)[-1]
