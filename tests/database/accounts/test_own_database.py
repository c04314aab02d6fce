"""Which database is taken for the one of staging."""

import contextlib
from dataclasses import asdict, replace
from typing import Any

import pytest

from cadrart_infra.accounts import preview_check
from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.statements import Access
from cadrart_infra.mysql import sql
from sandbox.local_servers import LocalServer
from tests.database.accounts.server_accounts import ACCESS, ACCOUNTS_OF, ensured, root_runs
from tests.database.harness import root_client


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
