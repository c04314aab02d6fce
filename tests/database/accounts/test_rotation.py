"""Passwords are changed while pods still have the former ones."""

import re

import pytest

from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.server import Address, Passwords, change_root_password, discard_former, ensure
from cadrart_infra.accounts.statements import Account
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from sandbox.local_servers import LocalServer
from tests.database.accounts.server_accounts import ACCESS, ACCOUNTS, ensured, root_runs, runs
from tests.database.harness import SOCKET, root_client

CHANGED = ACCOUNTS | {Account.PRODUCTION: Credentials("atelier-cadrart", "the'new\\one")}
FORMER = ACCOUNTS[Account.PRODUCTION].password


def rotated(local: LocalServer, accounts: dict[Account, Credentials] = CHANGED) -> None:
    given = Passwords(accounts, {Account.PRODUCTION: FORMER})
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


def test_a_policy_for_passwords_is_named_with_what_eases_it(local: LocalServer) -> None:
    """MySQL compares with the former ones also where an account gets the password that it has."""
    if local.kind.name != "mysql":
        pytest.skip("MariaDB's are plugins that are not there")
    root_runs(local, "SET GLOBAL password_history = 3")
    try:
        ensured(local)
        rotated(local)
        with pytest.raises(AccountsError, match="Both passwords of atelier-cadrart are good") as caught:
            discarded(local)
        (eased,) = re.findall(r"ALTER USER <account> (PASSWORD HISTORY 0 [A-Z0 ]+)\)", str(caught.value))
        root_runs(local, f"ALTER USER 'atelier-cadrart'@'%' {eased}")
        assert discarded(local)
    finally:
        root_runs(local, "SET GLOBAL password_history = DEFAULT")


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
