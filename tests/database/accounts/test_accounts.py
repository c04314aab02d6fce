"""Databases, accounts and grants, ensured on real servers."""

import re
from dataclasses import replace

import pytest

from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.server import Address, Passwords, ensure
from cadrart_infra.accounts.statements import Account
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.session import Session
from sandbox.local_servers import LocalServer
from tests.database.accounts.server_accounts import (
    ACCESS,
    ACCOUNTS,
    DENIED,
    NO_DATABASE,
    NO_EXECUTE,
    changed,
    ensured,
    root_runs,
    runs,
)
from tests.database.harness import Shop, root_client
from tests.database.killing import wait_until_gone

TOO_MANY = {1203, 1226}


def test_a_bare_server_gets_databases_and_three_separate_accounts(local: LocalServer) -> None:
    ensured(local)
    charsets = root_runs(
        local,
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        "WHERE schema_name LIKE 'atelier-cadrart%'",
    )
    assert charsets == [["utf8mb4", "utf8mb4_unicode_ci"]] * 2
    root_runs(
        local, "CREATE TABLE `atelier-cadrart`.client (id INT)", "CREATE TABLE `atelier-cadrart-stg`.client (id INT)"
    )
    own = {Account.PRODUCTION: "atelier-cadrart", Account.STAGING: "atelier-cadrart-stg"}
    for account, database in own.items():
        other = (set(own.values()) - {database}).pop()
        assert runs(local, account, f"INSERT INTO `{database}`.client VALUES (1)") == 0
        assert runs(local, account, f"SELECT * FROM `{other}`.client") in DENIED
        assert runs(local, account, f"USE `{other}`") == NO_DATABASE
        assert runs(local, account, f"DROP TABLE `{other}`.client") in DENIED


def test_the_sync_only_reads_production(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "CREATE TABLE `atelier-cadrart`.client (id INT)")
    assert runs(local, Account.SYNC, "SELECT * FROM `atelier-cadrart`.client") == 0
    for statement in ("INSERT INTO `{}`.client VALUES (1)", "UPDATE `{}`.client SET id = 2", "DROP TABLE `{}`.client"):
        assert runs(local, Account.SYNC, statement.format("atelier-cadrart")) in DENIED
    assert runs(local, Account.SYNC, "CREATE DATABASE `atelier-cadrart-stg_next`") == 0
    assert runs(local, Account.SYNC, "CREATE TABLE `atelier-cadrart-stg`.client (id INT)") == 0
    assert runs(local, Account.SYNC, "CREATE DATABASE `other`") in DENIED
    root_runs(local, "CREATE PROCEDURE `atelier-cadrart`.prices() SELECT 1 AS price")
    assert runs(local, Account.SYNC, "SHOW CREATE PROCEDURE `atelier-cadrart`.prices") == 0
    assert runs(local, Account.SYNC, "CALL `atelier-cadrart`.prices()") == NO_EXECUTE
    root_runs(local, "DROP DATABASE `atelier-cadrart-stg_next`")


def test_it_is_safe_to_repeat_and_touches_no_data(local: LocalServer) -> None:
    ensured(local)
    root_runs(
        local, "CREATE TABLE `atelier-cadrart`.client (id INT)", "INSERT INTO `atelier-cadrart`.client VALUES (7)"
    )
    before = root_runs(local, "SHOW GRANTS FOR 'cadrart-sync'@'%'")
    ensured(local)
    assert root_runs(local, "SHOW GRANTS FOR 'cadrart-sync'@'%'") == before
    assert root_runs(local, "SELECT id FROM `atelier-cadrart`.client") == [["7"]]


def test_rights_across_that_an_older_script_gave_are_taken_back(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "GRANT ALL PRIVILEGES ON `atelier-cadrart-stg`.* TO 'atelier-cadrart'@'%'")
    assert runs(local, Account.PRODUCTION, "USE `atelier-cadrart-stg`") == 0
    ensured(local)
    assert runs(local, Account.PRODUCTION, "USE `atelier-cadrart-stg`") == NO_DATABASE
    assert runs(local, Account.PRODUCTION, "USE `atelier-cadrart`") == 0


def test_rights_on_everything_are_refused_by_name(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "GRANT SELECT ON *.* TO 'atelier-cadrart-stg'@'%'")
    with pytest.raises(AccountsError, match="atelier-cadrart-stg has rights on every database") as refusal:
        ensured(local)
    assert "REVOKE SELECT ON *.* FROM 'atelier-cadrart-stg'@'%';" in str(refusal.value)


@pytest.mark.parametrize("account", ["'atelier-cadrart-stg'@'10.%'", "''@'%'", "'atelier-cadrart-stg'@'%'"])
def test_rights_of_whom_the_server_takes_staging_s_clients_for_are_refused_by_name(
    local: LocalServer, account: str
) -> None:
    ensured(local)
    grant = f"SELECT ON `atelier-cadrart`.* TO {account}"
    if account == "'atelier-cadrart-stg'@'%'":
        grant = f"PROXY ON 'root'@'127.0.0.1' TO {account}"
    root_runs(local, f"CREATE USER IF NOT EXISTS {account}", f"GRANT {grant}")
    reported = rf"The account {re.escape(account)} has rights that reach atelier-cadrart \({grant.split(' ON ')[0]}"
    with pytest.raises(AccountsError, match=reported):
        ensured(local)
    (line,) = changed(local).unrepairable
    assert re.match(reported, line)
    root_runs(local, f"DROP USER {account}")
    ensured(local)


def test_a_server_that_takes_no_writes_is_refused_with_how_to_lift_that(local: LocalServer) -> None:
    if local.kind.name != "mysql":
        pytest.skip("MariaDB lets root write all the same")
    root_runs(local, "SET GLOBAL super_read_only = ON")
    try:
        with pytest.raises(
            AccountsError, match=r"takes no writes.*SET GLOBAL read_only = OFF.*Then run pulumi up again"
        ):
            ensured(local)
    finally:
        root_runs(local, "SET GLOBAL read_only = OFF")
    ensured(local)


def test_production_s_password_is_never_changed(local: LocalServer) -> None:
    ensured(local)
    root_runs(
        local, "ALTER USER 'atelier-cadrart'@'%' IDENTIFIED BY 'of-the-running-pods'", "DROP USER 'cadrart-sync'@'%'"
    )
    with pytest.raises(AccountsError, match="Nothing was changed, because running pods"):
        ensured(local)
    running_pods = Credentials("atelier-cadrart", "of-the-running-pods")
    assert Address(local.host, local.port).accepts(running_pods)
    assert not root_runs(local, "SELECT 1 FROM mysql.user WHERE user = 'cadrart-sync'")


def test_the_other_accounts_get_their_secret_s_password(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "ALTER USER 'cadrart-sync'@'%' IDENTIFIED BY 'another'")
    ensured(local)
    assert Address(local.host, local.port).accepts(ACCOUNTS[Account.SYNC])


def test_a_wrong_root_password_is_said_without_showing_it(local: LocalServer) -> None:
    with pytest.raises(AccountsError, match="refuses root with DATABASE_ROOT_PASSWORD") as refusal:
        ensure(root_client(local, "not-the-password"), Address(local.host, local.port), ACCESS, Passwords(ACCOUNTS))
    assert "not-the-password" not in str(refusal.value)


def test_a_leak_of_staging_leaves_production_its_connections(local: LocalServer) -> None:
    ensured(local, replace(ACCESS, staging_connections=3))
    wait_until_gone(Shop(local), ACCOUNTS[Account.STAGING].user)
    endpoint = Address(local.host, local.port).endpoint(ACCOUNTS[Account.STAGING])
    leaked = [Session(endpoint) for _ in range(3)]
    try:
        with pytest.raises(DatabaseError) as refused:
            Session(endpoint)
        assert refused.value.number in TOO_MANY
        assert runs(local, Account.PRODUCTION, "SELECT 1") == 0
    finally:
        for session in leaked:
            session.close()
