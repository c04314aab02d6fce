"""Databases, accounts and grants, ensured on real servers."""

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from cadrart_infra.accounts import preview_check
from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.locked_accounts import locked_account_queries, password_times, password_times_query
from cadrart_infra.accounts.server import (
    Address,
    Passwords,
    change_root_password,
    discard_former,
    ensure,
)
from cadrart_infra.accounts.server_drift import ServerDrift, drift_queries, server_drift_of
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import AccessDenied, AccountLocked, DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.session import Session
from cadrart_infra.promotion.production_checks import database_problems
from sandbox.local_servers import ALL_KINDS, LocalServer, running_server
from tests.database.harness import SOCKET, Shop, root_client
from tests.database.killing import wait_until_gone

ACCESS = Access("atelier-cadrart", "atelier-cadrart-stg", "atelier-cadrart", "atelier-cadrart-stg", "cadrart-sync")
ACCOUNTS = {
    Account.PRODUCTION: Credentials("atelier-cadrart", "production's'passwörd €"),
    Account.STAGING: Credentials("atelier-cadrart-stg", "staging%password"),
    Account.SYNC: Credentials("cadrart-sync", "sync\\password"),
}
DATABASES = ("atelier-cadrart", "atelier-cadrart-stg", "atelier-cadrart-stg_sync", "other")
ACCOUNTS_OF = {credentials.user: credentials.password for credentials in ACCOUNTS.values()}
TOO_MANY = {1203, 1226}
NO_DATABASE, NO_EXECUTE, DENIED = 1044, 1370, {1044, 1142, 1143}


@pytest.fixture(scope="module", params=sorted(ALL_KINDS))
def running(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    with running_server(ALL_KINDS[request.param]) as server:
        yield server


@pytest.fixture
def local(running: LocalServer) -> LocalServer:
    """The server without any of the shop's databases and accounts."""
    root_runs(
        running,
        *(f"DROP DATABASE IF EXISTS `{name}`" for name in DATABASES),
        *(f"DROP USER IF EXISTS '{credentials.user}'@'%'" for credentials in ACCOUNTS.values()),
    )
    return running


def root_runs(local: LocalServer, *statements: str) -> list[list[str]]:
    return root_client(local).run(*statements)


def runs(local: LocalServer, account: Account, statement: str) -> int:
    """0, or the server's error number, for a statement of an account."""
    session = Session(Address(local.host, local.port).endpoint(ACCOUNTS[account]))
    try:
        session.run(statement)
    except DatabaseError as error:
        return error.number
    finally:
        session.close()
    return 0


def ensured(local: LocalServer, access: Access = ACCESS) -> None:
    ensure(root_client(local), Address(local.host, local.port), access, Passwords(ACCOUNTS))


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


def changed(local: LocalServer) -> ServerDrift:
    return replace(server_drift_of(ACCESS, root_runs(local, *drift_queries(ACCESS))), runtime_variables={})


def shut(local: LocalServer) -> list[list[str]]:
    return sorted(root_runs(local, *locked_account_queries(credentials.user for credentials in ACCOUNTS.values())))


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


@pytest.mark.parametrize(
    "content",
    ["CREATE TABLE `atelier-cadrart-stg`.wares (id int)", "CREATE PROCEDURE `atelier-cadrart-stg`.p() SELECT 1"],
)
def test_a_database_of_others_is_not_taken_for_staging_s_own(local: LocalServer, content: str) -> None:
    root_runs(local, "CREATE DATABASE `atelier-cadrart-stg`", content)
    with pytest.raises(AccountsError, match=r"'atelier-cadrart-stg'.*database\.takeOver atelier-cadrart-stg"):
        ensured(local)
    with pytest.raises(AccountsError):
        ensured(local, replace(ACCESS, take_over="another"))
    assert root_runs(local, "SELECT user FROM mysql.user WHERE user LIKE '%cadrart%'") == []
    ensured(local, replace(ACCESS, take_over="atelier-cadrart-stg"))
    ensured(local)  # it is noted by now


def inputs(access: Access) -> dict[str, Any]:
    return {"namespace": "cadrart", "context": "", "access": asdict(access), "grants": []}


@pytest.mark.parametrize("replicas", [1, 0])
def test_a_preview_refuses_a_database_of_others_where_the_server_runs(
    local: LocalServer, monkeypatch: pytest.MonkeyPatch, replicas: int
) -> None:
    where = "cadrart_infra.accounts.preview_check"
    monkeypatch.setattr(f"{where}.root_of", lambda _kubectl: root_client(local))
    monkeypatch.setattr(f"{where}.Kubectl.find", lambda *_: {"status": {"availableReplicas": replicas}})
    root_runs(local, "CREATE DATABASE `atelier-cadrart-stg`", "CREATE TABLE `atelier-cadrart-stg`.wares (id int)")
    refused = pytest.raises(AccountsError, match=r"'atelier-cadrart-stg'.*Nothing was changed.*database\.takeOver")
    for recorded in (None, inputs(replace(ACCESS, staging="other"))):
        with refused if replicas else contextlib.nullcontext():
            preview_check.require_own(recorded, inputs(ACCESS))
    preview_check.require_own(inputs(ACCESS), inputs(ACCESS))  # it is staging's already
    preview_check.require_own(None, inputs(replace(ACCESS, take_over="atelier-cadrart-stg")))


def test_staging_s_database_of_an_earlier_release_needs_no_setting(local: LocalServer) -> None:
    """They gave its account rights and noted nothing, and the shop's former script gave production's account both."""
    content = ("CREATE DATABASE `atelier-cadrart-stg`", "CREATE TABLE `atelier-cadrart-stg`.client (id int)")
    for user in ("atelier-cadrart-stg", "atelier-cadrart"):
        account = f"'{user}'@'%'"
        root_runs(
            local,
            "DROP DATABASE IF EXISTS `atelier-cadrart-stg_sync`",
            "DROP DATABASE IF EXISTS `atelier-cadrart-stg`",
            *(f"DROP USER IF EXISTS '{name}'@'%'" for name in ("atelier-cadrart", "atelier-cadrart-stg")),
            *content,
            f"CREATE USER {account} IDENTIFIED BY {sql.string(ACCOUNTS_OF[user])}",
            f"GRANT ALL ON `atelier-cadrart-stg`.* TO {account}",
        )
        ensured(local)


def test_staging_s_database_stays_its_own_without_its_account(local: LocalServer) -> None:
    ensured(local)
    root_runs(local, "CREATE TABLE `atelier-cadrart-stg`.client (id int)")
    ensured(local)
    root_runs(local, "DROP USER 'atelier-cadrart-stg'@'%'")
    ensured(local)


CHANGED = ACCOUNTS | {Account.PRODUCTION: Credentials("atelier-cadrart", "the'new\\one")}
FORMER = ACCOUNTS[Account.PRODUCTION].password


def rotated(local: LocalServer, accounts: dict[Account, Credentials] = CHANGED, former: str = FORMER) -> None:
    given = Passwords(accounts, {Account.PRODUCTION: former})
    ensure(root_client(local), Address(local.host, local.port), ACCESS, given)


def accepted(local: LocalServer, *passwords: str) -> list[bool]:
    server = Address(local.host, local.port)
    return [server.accepts(Credentials("atelier-cadrart", password)) for password in passwords]


def discarded(local: LocalServer, accounts: dict[Account, Credentials] = CHANGED) -> bool:
    return discard_former(root_client(local), Address(local.host, local.port), accounts[Account.PRODUCTION])


def test_two_passwords_are_good_until_the_former_one_is_discarded(local: LocalServer) -> None:
    ensured(local)
    assert not discarded(local, ACCOUNTS)
    new = CHANGED[Account.PRODUCTION].password
    for _ in range(2):  # safe to repeat
        rotated(local)
        assert accepted(local, FORMER, new, "neither") == [True, True, False]
    assert runs(local, Account.PRODUCTION, "USE `atelier-cadrart`") == 0
    assert discarded(local)
    assert accepted(local, FORMER, new) == [False, True]
    assert not discarded(local)


def test_a_change_that_is_taken_back_in_between_keeps_the_password_that_pods_have(local: LocalServer) -> None:
    ensured(local)
    rotated(local)
    assert discarded(local, ACCOUNTS)
    assert accepted(local, FORMER, CHANGED[Account.PRODUCTION].password) == [True, False]


def test_a_second_change_in_between_keeps_the_password_that_pods_have(local: LocalServer) -> None:
    ensured(local)
    rotated(local)
    rotated(local, ACCOUNTS | {Account.PRODUCTION: Credentials("atelier-cadrart", "a third one")})
    assert accepted(local, FORMER, CHANGED[Account.PRODUCTION].password, "a third one") == [True, False, True]


def test_a_password_that_was_changed_on_the_server_first_is_good_beside_the_one_that_pods_have(
    local: LocalServer,
) -> None:
    ensured(local)
    new = CHANGED[Account.PRODUCTION].password
    root_runs(local, f"ALTER USER 'atelier-cadrart'@'%' IDENTIFIED BY {sql.string(new)}")
    rotated(local)
    assert accepted(local, FORMER, new) == [True, True]


def test_root_gets_another_password_with_the_one_before(running: LocalServer) -> None:
    given = running.root_password
    try:
        client = RootClient(running.client_command("env"), "another-root", SOCKET, former=lambda: given)
        change_root_password(client, "another-root")
        assert root_client(running, "another-root").run("SELECT 1") == [["1"]]
        with pytest.raises(DatabaseError):
            root_client(running, given).run("SELECT 1")
    finally:
        change_root_password(RootClient(running.client_command("env"), "another-root", SOCKET), given)


def test_the_server_s_own_tables_are_upgraded_with_the_password_that_root_still_has(running: LocalServer) -> None:
    command, given = running.client_command("env"), running.root_password
    RootClient(command, "another-root", SOCKET, former=lambda: given).upgrade_tables()
    if "MariaDB" in root_client(running).run("SELECT VERSION()")[0][0]:
        with pytest.raises(AccessDenied):
            RootClient(command, "another-root", SOCKET).upgrade_tables()


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
