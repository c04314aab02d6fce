"""What is said to be missing, or shut, on the server."""

import dataclasses
from unittest import mock

import pytest

from cadrart_infra.accounts import server_drift
from cadrart_infra.accounts.server_drift import (
    COMPLETION_TYPE,
    RECORDED_TYPE,
    ServerDrift,
    recorded_password_times,
    server_drift_of,
)
from cadrart_infra.accounts.statements import Access
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql.errors import AccessDenied
from cadrart_infra.mysql.rights import ALL_PRIVILEGES, OWNER_RIGHTS
from cadrart_infra.mysql.root_client import ClientFailed
from tests.unit.program import run_once

ACCESS = Access("shop", "shop-stg", "app", "app-stg", "sync")
ALL = [
    *(["account", "app"], ["account", "app-stg"], ["account", "sync"], ["database", "Shop"], ["database", "shop-stg"]),
    *(["right", "app", "shop", "*", one] for one in ALL_PRIVILEGES),
    *(["right", "app-stg", "shop-stg", "*", one] for one in ALL_PRIVILEGES),
    *(["right", "app-stg", r"shop-stg\_next", "*", one] for one in OWNER_RIGHTS),
    *(["right", "sync", "shop-stg%", "*", one] for one in ALL_PRIVILEGES),
    *(["right", "sync", "shop", "*", one] for one in ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT")),
    *(["right", "sync", "*", "*", one] for one in ("SHOW_ROUTINE", "SESSION_VARIABLES_ADMIN", "SYSTEM_USER")),
    *(["connections", "app", "0"], ["connections", "app-stg", "40"], ["connections", "sync", "24"]),
    ["version", "9.7.0"],
]
"""Of a MySQL server that is as the program made it."""


def found(rows: list[list[str]] | Exception) -> ServerDrift:
    root = mock.Mock(run=mock.Mock(side_effect=[rows]))
    with mock.patch.object(server_drift, "root_of", return_value=root):
        return server_drift.read_server_drift(Kubectl("cadrart"), ACCESS)


def test_nothing_is_missing_whatever_letters_the_server_keeps_names_in() -> None:
    assert found(ALL) == ServerDrift()


def test_what_has_another_name_in_the_settings_is_new_and_not_lost() -> None:
    names = {"production": "shop", "staging": "shop-stg", "production_user": "app"}
    access = {**names, "staging_user": "app-stg", "sync_user": "sync"}
    accounts = {"namespace": "cadrart", "context": "", "access": access, "grants": []}
    recorded = [{"type": "kubernetes:core/v1:Service", "outputs": {}}, {"type": RECORDED_TYPE, "outputs": accounts}]
    renamed = dataclasses.replace(ACCESS, staging="shop-test", staging_user="tester", staging_connections=7)
    asked_about = server_drift.with_recorded_names(renamed, recorded)
    assert asked_about == dataclasses.replace(ACCESS, staging_connections=7)
    assert server_drift.with_recorded_names(renamed, recorded[:1]) == renamed  # before the first update


def test_pulumi_s_state_calls_the_accounts_so() -> None:
    assert {RECORDED_TYPE, COMPLETION_TYPE} <= {request.type for request in run_once().requests.values()}


def test_what_was_dropped_is_named() -> None:
    left = [row for row in ALL if row[1] not in ("sync", "shop-stg")]
    assert found(left) == ServerDrift(missing=("account sync", "database shop-stg"))


def test_notes_that_were_dropped_are_named() -> None:
    """Without them, no sync takes staging's database for its own any more."""
    assert found([*ALL, ["notes", "shop-stg_sync"]]) == ServerDrift(missing=("database shop-stg_sync",))


def test_what_was_shut_is_named() -> None:
    shut = ("account app is locked", "the password of account sync has expired")
    assert found([*ALL, ["locked", "app"], ["expired", "sync"]]) == ServerDrift(account_problems=shut)
    assert found([*ALL, ["read-only", "innodb_read_only"]]) == ServerDrift(read_only="innodb_read_only")


def test_a_password_that_was_set_after_the_noted_one_is_reported() -> None:
    rows = [["password set", "app", "1700000001"], ["password set", "app-stg", "1700000000"]]
    noted = {"app": 1700000000.0, "app-stg": 1700000000.0}
    assert server_drift_of(ACCESS, [*ALL, *rows], noted) == ServerDrift(other_password=("app",))
    assert server_drift_of(ACCESS, [*ALL, *rows]) == ServerDrift()  # an earlier release noted none


def test_a_copy_that_a_backup_left_is_reported() -> None:
    assert found([*ALL, ["copy", "shop-stg_backup"]]) == ServerDrift(backup_copy="shop-stg_backup")


def test_the_later_of_two_notes_counts() -> None:
    accounts = {"passwordsSet": {"app": 5.0, "sync": 7.0}}
    recorded = [
        {"type": RECORDED_TYPE, "outputs": accounts},
        {"type": COMPLETION_TYPE, "outputs": {"passwordsSet": {"app": 6.0}}},
        {"type": "kubernetes:core/v1:Service", "outputs": {"passwordsSet": {"app": 9.0}}},
    ]
    assert recorded_password_times(recorded) == {"app": 6.0, "sync": 7.0}
    assert recorded_password_times([{"type": RECORDED_TYPE, "outputs": {}}]) is None
    assert recorded_password_times([]) == {}  # nobody has given any yet


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["by TLS", "sync", "X509"], "The account sync lets in only who shows a certificate"),
        (["by TLS", "app", "ANY"], "The account app lets in only who speaks TLS"),
        (["by TLS", "sync", "ANY"], ""),
        (["counted", "app", "39", "0"], "The account app may have 39 connections at once, less than staging's"),
        (["counted", "app", "40", "0"], ""),
        (["counted", "app-stg", "40", "9"], "The account app-stg is limited by the hour"),
        (["elsewhere", "app", "10.%"], "The server has an account 'app'@'10.%' besides"),
    ],
)
def test_what_turns_clients_away_is_reported(row: list[str], says: str) -> None:
    reported = found([*ALL, row]).unrepairable
    assert [line[: len(says)] for line in reported] == ([says] if says else [])


def test_a_restore_that_was_cut_off_is_reported_with_what_ends_it() -> None:
    (line,) = found([*ALL, ["unfinished restore", "shop-replaced-261128-120000"]]).unrepairable
    assert "views, triggers, routines or events may be missing there. Run a restore again" in line
    assert "leave shop-replaced-261128-120000 as it is" in line


def test_an_account_elsewhere_that_reaches_the_other_database_is_reported_once() -> None:
    rows = [["elsewhere", "app-stg", "10.%"], ["beside", "'app-stg'@'10.%'", "shop", "SELECT"]]
    (line,) = found([*ALL, *rows]).unrepairable
    assert "has rights that reach shop" in line


def test_a_root_that_is_refused_is_reported() -> None:
    (line,) = found(AccessDenied("(1045) Access denied")).unrepairable
    assert "refuses root with DATABASE_ROOT_PASSWORD of the Secret cadrart-secret" in line


def test_the_sync_s_account_may_run_what_it_reads_and_changes_nothing_of_production_s() -> None:
    given = (["right", "sync", "shop", "*", "EXECUTE"], ["right", "sync", "shop", "orders", "SELECT"])
    assert found([*ALL, *map(list, given)]) == ServerDrift()
    assert found([*ALL, ["right", "sync", "sho_", "*", "DELETE"]]).account_problems == (
        "account sync has DELETE on sho_",
    )


@pytest.mark.parametrize("error", [ClientFailed("deployment not found"), ClusterError("forbidden")])
def test_a_server_that_cannot_be_asked_lacks_nothing(error: Exception) -> None:
    assert found(error) == ServerDrift()
