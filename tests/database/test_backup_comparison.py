"""A backup is loaded beside production and compared with it, before it is kept."""

from __future__ import annotations

from contextlib import closing

import pytest

from cadrart_infra.backup.comparison import Comparison
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.making import LOAD, READ
from cadrart_infra.backup.restore_account import USER
from cadrart_infra.backup.restored_database import require_as_noted
from cadrart_infra.mysql.session import Session
from tests.database.backups import (
    BESIDE,
    NAME,
    PLACES,
    Claim,
    backed_up,
    before_the_comparison,
    look_session,
    restored_beside,
    trusted_session,
)
from tests.database.harness import PRODUCTION


@pytest.mark.usefixtures("binary_log")
def test_triggers_and_functions_are_compared_where_the_server_trusts_nobody(claim: Claim) -> None:
    shop = claim.shop
    shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, v int)",
        "CREATE TRIGGER doubled BEFORE INSERT ON client FOR EACH ROW SET NEW.v = twice(NEW.v)",
        "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2",
    )
    with shop.setting("log_bin_trust_function_creators", 0):
        assert backed_up(claim).verified == LOAD
    assert not shop.run(f"SELECT user FROM mysql.user WHERE user = '{USER}'")


def test_one_that_was_only_read_says_so_and_is_compared_when_it_is_restored(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "INSERT INTO client VALUES (1)")
    done = claim.dump(verify=READ)
    assert done.returncode == 0, done.stdout
    (backup,) = claim.list()
    assert backup.verified == READ
    restored_beside(claim, backup)

    shop.run(f"INSERT INTO `{PLACES.restored}`.client VALUES (2)")
    with look_session(shop) as session, pytest.raises(BackupError, match="table client: it has 2 rows instead of 1"):
        require_as_noted(session, backup, PLACES, shop.lines.append)


def test_rows_that_differ_are_named_and_nothing_is_kept(claim: Claim) -> None:
    """A server that loads something else than it was given, as far as a backup can see."""
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "INSERT INTO client VALUES (1)", "CREATE TABLE other (id int)")
    with before_the_comparison(
        lambda: shop.run(f"UPDATE `{BESIDE}`.client SET id = 7", f"DROP TABLE `{BESIDE}`.other")
    ):
        done = claim.dump()
    assert done.returncode == 17
    missing, other = claim.reasons
    assert missing == "table other is missing"
    assert other.startswith("table client: of its 1 rows some are not as they were (where one is longer than half")
    assert list(claim.folder.iterdir()) == []
    assert not shop.run(f"SHOW DATABASES LIKE '{BESIDE}'")


def test_a_migration_meanwhile_fails_the_backup(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)")
    with before_the_comparison(lambda: shop.run("ALTER TABLE client ADD v int")):
        done = claim.dump()
    assert done.returncode == 17
    assert claim.reasons == [f"the tables or objects of {PRODUCTION} were altered while it was made"]


def test_a_database_that_no_backup_made_is_not_touched(claim: Claim) -> None:
    shop = claim.shop
    shop.run(
        "CREATE TABLE client (id int PRIMARY KEY)",
        f"CREATE DATABASE `{BESIDE}`",
        f"CREATE TABLE `{BESIDE}`.mine (id int PRIMARY KEY)",
    )
    try:
        with pytest.raises(BackupError, match=f"{BESIDE} .*: mine. It was not touched"):
            claim.dump()
        assert shop.tables(BESIDE) == ["mine"]
    finally:
        shop.run(f"DROP DATABASE `{BESIDE}`")


def test_what_a_killed_backup_left_goes_with_the_next(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)", "CREATE TABLE a_first (id int PRIMARY KEY)")
    session = Session(shop.endpoint)
    Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(shop)).begin(shop.endpoint, loads=True)
    shop.run(f"CREATE TABLE `{BESIDE}`.client (id int)")
    job = claim.start("dump", PRODUCTION, NAME=NAME, KEEP="5", COMPARISON=BESIDE, VERIFY=LOAD)
    session.abort()  # as a killed program does; its Job finds nobody who compares
    with job:
        said, _ = job.communicate()
    assert job.returncode in (17, 22), said

    backed_up(claim)


def test_a_second_backup_leaves_the_first_one_s_database(claim: Claim) -> None:
    shop = claim.shop
    shop.run("CREATE TABLE client (id int PRIMARY KEY)")
    with closing(Session(shop.endpoint)) as session:
        first = Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(shop))
        first.begin(shop.endpoint, loads=True)
        with pytest.raises(BackupError, match="Another backup is being made"):
            claim.dump()
        assert shop.tables(BESIDE) == ["cadrart_backup_plan"]
        first.remove()
    assert not shop.run(f"SHOW DATABASES LIKE '{BESIDE}'")
