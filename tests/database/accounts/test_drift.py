"""What somebody changed of accounts, rights and variables on the server is reported, and put right."""

import re
import time
from dataclasses import replace

import pytest

from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.locked_accounts import locked_account_queries, password_times, password_times_query
from cadrart_infra.accounts.server import Address
from cadrart_infra.accounts.server_drift import ServerDrift, drift_queries, server_drift_of
from cadrart_infra.accounts.statements import Account
from cadrart_infra.mysql.errors import AccessDenied, AccountLocked
from cadrart_infra.mysql.session import Session
from cadrart_infra.promotion.production_checks import database_problems
from sandbox.local_servers import LocalServer
from tests.database.accounts.server_accounts import (
    ACCESS,
    ACCOUNTS,
    ACCOUNTS_OF,
    DENIED,
    changed,
    ensured,
    root_runs,
    runs,
)
from tests.database.harness import root_client


def test_accounts_that_were_locked_or_whose_password_expired_log_in_again(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "SET GLOBAL default_password_lifetime = 1")
    try:
        assert shut(local) == []
        root_runs(
            local,
            "ALTER USER 'atelier-cadrart'@'%' ACCOUNT LOCK",
            "ALTER USER 'atelier-cadrart-stg'@'%' PASSWORD EXPIRE",
            "ALTER USER 'cadrart-sync'@'%' ACCOUNT LOCK PASSWORD EXPIRE",
        )
        assert shut(local) == [
            *(["expired", "atelier-cadrart-stg"], ["expired", "cadrart-sync"]),
            *(["locked", "atelier-cadrart"], ["locked", "cadrart-sync"]),
        ]
        for credentials in ACCOUNTS.values():
            with pytest.raises(AccountLocked):
                Session(Address(local.host, local.port).endpoint(credentials))
            with pytest.raises(AccessDenied):
                Session(Address(local.host, local.port).endpoint(replace(credentials, password="another")))
        ensured(local)
    finally:
        root_runs(local, "SET GLOBAL default_password_lifetime = 0")
    assert shut(local) == []
    assert [runs(local, account, "DO 1") for account in Account] == [0, 0, 0]


def test_notes_of_the_sync_that_somebody_dropped_are_made_again(local: LocalServer) -> None:
    ensured(local)
    assert changed(local) == ServerDrift()  # an empty database needs none
    root_runs(
        local,
        "CREATE TABLE `atelier-cadrart-stg`.client (id INT)",
        "DROP DATABASE IF EXISTS `atelier-cadrart-stg_sync`",
    )
    assert changed(local).missing == ("database atelier-cadrart-stg_sync",)
    ensured(local)
    assert changed(local) == ServerDrift()


def test_a_password_that_somebody_changed_is_reported_until_it_is_put_right(local: LocalServer) -> None:
    ensured(local)
    noted = password_times(root_runs(local, password_times_query(ACCOUNTS_OF)))
    assert set(noted) == set(ACCOUNTS_OF)
    assert reported_passwords(local, noted) == ()
    time.sleep(1.1)  # the server notes whole seconds
    root_runs(local, "ALTER USER 'cadrart-sync'@'%' IDENTIFIED BY 'by hand'")
    assert reported_passwords(local, noted) == ("cadrart-sync",)
    ensured(local)
    assert reported_passwords(local, password_times(root_runs(local, password_times_query(ACCOUNTS_OF)))) == ()
    assert runs(local, Account.SYNC, "DO 1") == 0


def test_what_is_no_password_leaves_the_time_of_one(local: LocalServer) -> None:
    ensured(local)
    noted = password_times(root_runs(local, password_times_query(ACCOUNTS_OF)))
    time.sleep(1.1)
    user = "'atelier-cadrart'@'%'"
    root_runs(
        local,
        *(f"ALTER USER {user} ACCOUNT {one}" for one in ("LOCK", "UNLOCK")),
        f"ALTER USER {user} WITH MAX_USER_CONNECTIONS 90",
        f"GRANT SELECT ON `other`.* TO {user}",
        "FLUSH PRIVILEGES",
    )
    assert reported_passwords(local, noted) == ()


def reported_passwords(local: LocalServer, noted: dict[str, float]) -> tuple[str, ...]:
    return server_drift_of(ACCESS, root_runs(local, *drift_queries(ACCESS)), noted).other_password


def test_rights_that_somebody_changed_are_reported_and_put_right(local: LocalServer) -> None:
    ensured(local)
    assert changed(local) == ServerDrift()
    mariadb = local.kind.name == "mariadb"
    root_runs(
        local,
        "REVOKE INSERT, TRIGGER ON `atelier-cadrart`.* FROM 'atelier-cadrart'@'%'",
        "GRANT SELECT ON `atelier%`.* TO 'atelier-cadrart-stg'@'%'",
        "GRANT INSERT ON `atelier-cadrart`.* TO 'cadrart-sync'@'%'",
        "REVOKE ALL PRIVILEGES ON `atelier-cadrart-stg%`.* FROM 'cadrart-sync'@'%'",
        f"REVOKE {'SELECT ON mysql.proc' if mariadb else 'SHOW_ROUTINE ON *.*'} FROM 'cadrart-sync'@'%'",
        "ALTER USER 'atelier-cadrart-stg'@'%' WITH MAX_USER_CONNECTIONS 2",
    )
    assert changed(local).account_problems == (
        "account atelier-cadrart lacks INSERT, TRIGGER on atelier-cadrart",
        "account atelier-cadrart-stg has SELECT on atelier%",
        "account atelier-cadrart-stg may have 2 connections instead of 40",
        "account cadrart-sync lacks all rights on atelier-cadrart-stg%",
        f"account cadrart-sync lacks {'SELECT on mysql.proc' if mariadb else 'SHOW_ROUTINE on every database'}",
        "account cadrart-sync has INSERT on atelier-cadrart",
    )
    ensured(local)
    assert changed(local) == ServerDrift()


def test_a_right_on_one_table_of_the_other_database_is_taken_back(local: LocalServer) -> None:
    ensured(local)
    root_runs(
        local,
        "CREATE TABLE `atelier-cadrart`.client (id INT)",
        "GRANT SELECT ON `atelier-cadrart`.client TO 'atelier-cadrart-stg'@'%'",
    )
    assert changed(local).account_problems == ("account atelier-cadrart-stg has SELECT on atelier-cadrart.client",)
    ensured(local)
    assert runs(local, Account.STAGING, "SELECT * FROM `atelier-cadrart`.client") in DENIED


def test_what_is_said_of_rights_on_everything_works_and_leaves_the_account_its_own_database(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "GRANT SELECT, RELOAD ON *.* TO 'atelier-cadrart'@'%' WITH GRANT OPTION")
    (line,) = changed(local).unrepairable
    assert "atelier-cadrart has rights on every database (RELOAD, SELECT)" in line
    root_runs(local, line[line.index("REVOKE") :].removesuffix(";"))
    assert changed(local) == ServerDrift()
    assert runs(local, Account.PRODUCTION, "CREATE TABLE `atelier-cadrart`.client (id INT)") == 0
    ensured(local)


def test_what_is_said_of_rights_that_come_by_a_role_works(local: LocalServer) -> None:
    """By a role of a role; by one that everybody has; by one with rights on everything."""
    ensured(local)
    mariadb = local.kind.name == "mariadb"
    root_runs(local, "CREATE TABLE `atelier-cadrart`.client (id INT)", "CREATE ROLE `a role`, `its own`")
    staging = "'atelier-cadrart-stg'@'%'"
    give = [f"GRANT `a role` TO {staging}"]
    for_all = "GRANT SELECT ON `atelier-cadrart`.* TO"
    given = [
        ["GRANT SELECT ON `atelier-cadrart`.* TO `its own`", "GRANT `its own` TO `a role`", *give],
        ["GRANT SELECT ON `atelier-cadrart`.`client` TO `a role`", *give],
        ["GRANT SELECT ON *.* TO `a role`", *give],
        [f"{for_all} PUBLIC"] if mariadb else [f"{for_all} `its own`", "SET GLOBAL mandatory_roles = '`its own`@`%`'"],
    ]
    try:
        for statements in given:
            root_runs(local, *statements)
            (line,) = changed(local).unrepairable
            with pytest.raises(AccountsError, match="has the role"):
                ensured(local)
            root_runs(local, line[line.index("REVOKE") :].removesuffix(";"))
            assert changed(local) == ServerDrift(), statements
        assert runs(local, Account.STAGING, "SELECT * FROM `atelier-cadrart`.client") in DENIED
        ensured(local)
    finally:
        root_runs(local, *([] if mariadb else ["SET GLOBAL mandatory_roles = ''"]), "DROP ROLE `a role`, `its own`")


@pytest.mark.parametrize(
    ("statement", "is_refused"),
    [
        ("ALTER USER 'atelier-cadrart'@'%' REQUIRE X509", True),
        ("ALTER USER 'atelier-cadrart'@'%' REQUIRE SUBJECT '/CN=shop'", True),
        ("ALTER USER 'atelier-cadrart'@'%' REQUIRE SSL", None),  # this test's client may speak TLS
        ("ALTER USER 'atelier-cadrart'@'%' WITH MAX_USER_CONNECTIONS 1", False),
        ("ALTER USER 'atelier-cadrart'@'%' WITH MAX_QUERIES_PER_HOUR 9", False),
        ("CREATE USER 'atelier-cadrart'@'127.0.%' IDENTIFIED BY 'another'", True),
        ("CREATE USER ''@'127.0.%' IDENTIFIED BY 'another'", True),
    ],
)
def test_what_is_said_of_whatever_turns_production_s_pods_away_works(
    local: LocalServer, statement: str, is_refused: bool | None
) -> None:
    ensured(local)
    root_runs(local, statement)
    try:
        (line,) = changed(local).unrepairable
        shut = [f"{line} Then run pulumi up again."] if re.search("X509|SUBJECT", statement) else []
        assert list(database_problems(lambda: root_client(local), {}, ACCESS)) == shut
        if is_refused is not None:
            assert lets_in(local) is not is_refused
        if is_refused:
            with pytest.raises(AccountsError, match=r"^Nothing was changed\. " + re.escape(line)):
                ensured(local)
        root_runs(local, line[line.index("as root: ") + len("as root: ") :].removesuffix(";"))
        assert changed(local) == ServerDrift()
        assert lets_in(local)
    finally:
        root_runs(local, *(f"DROP USER IF EXISTS '{name}'@'127.0.%'" for name in ("", "atelier-cadrart")))


def lets_in(local: LocalServer) -> bool:
    return Address(local.host, local.port).accepts(ACCOUNTS[Account.PRODUCTION])


def test_what_was_meant_for_others_is_not_reported(local: LocalServer) -> None:
    """A limit above staging's, a sync that has TLS, and an account for whoever is on the server's machine."""
    ensured(local)
    root_runs(
        local,
        "ALTER USER 'atelier-cadrart'@'%' WITH MAX_USER_CONNECTIONS 200",
        "ALTER USER 'cadrart-sync'@'%' REQUIRE SSL",
        "CREATE USER 'atelier-cadrart'@'127.0.0.1', 'atelier-cadrart'@'db.example.com'",
    )
    try:
        assert changed(local) == ServerDrift()
    finally:
        root_runs(local, "DROP USER 'atelier-cadrart'@'127.0.0.1', 'atelier-cadrart'@'db.example.com'")


def test_variables_that_somebody_set_while_the_server_runs_are_reported(local: LocalServer) -> None:
    ensured(local)
    names = ("max_connections", "wait_timeout")
    ((before,),) = root_runs(local, "SELECT @@GLOBAL.wait_timeout")
    root_runs(local, "SET GLOBAL wait_timeout = 1234", "SET GLOBAL init_connect = 'SET @a = 1'")
    try:
        found = server_drift_of(ACCESS, root_runs(local, *drift_queries(ACCESS, names)))
        assert found.variables["wait_timeout"] == "1234"
        assert set(found.variables) == set(names)
        assert found.runtime_variables == {"init_connect": "SET @a = 1", "wait_timeout": "1234"}
        runs(local, Account.PRODUCTION, "SET SESSION lock_wait_timeout = 5")
        assert (
            "lock_wait_timeout"
            not in server_drift_of(ACCESS, root_runs(local, *drift_queries(ACCESS))).runtime_variables
        )
        assert not found.persisted_variables
    finally:
        root_runs(local, f"SET GLOBAL wait_timeout = {before}", "SET GLOBAL init_connect = ''")


def test_a_variable_that_somebody_persisted_is_reported(local: LocalServer) -> None:
    if local.kind.name == "mariadb":
        pytest.skip("MariaDB has no SET PERSIST")
    ensured(local)
    root_runs(local, "SET PERSIST_ONLY max_connections = 99")
    try:
        assert changed(local).persisted_variables == ("max_connections",)
    finally:
        root_runs(local, "RESET PERSIST max_connections")


def shut(local: LocalServer) -> list[list[str]]:
    return sorted(root_runs(local, *locked_account_queries(credentials.user for credentials in ACCOUNTS.values())))
