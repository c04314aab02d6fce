"""Every reason of accounts, servers and databases not to start is named, with what to do; nothing has been written then."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from typing import Any

import pytest
from pymysql.connections import Connection

from cadrart_infra.accounts.ownership import notes
from cadrart_infra.mysql import session
from cadrart_infra.mysql.errors import ConnectionsUsedUp
from cadrart_infra.staging_sync import errors
from cadrart_infra.staging_sync.sync import run_sync
from tests.database.accounts.server_accounts import ACCESS
from tests.database.harness import (
    PRODUCTION,
    STAGING,
    STAGING_USER,
    SYNC_PASSWORD,
    SYNC_USER,
    Listener,
    Shop,
    root_client,
)
from tests.database.killing import Cut, every_statement, wait_until_gone
from tests.database.refusals import ACCOUNT, refusal
from tests.database.two_copies import require_recovery


def test_wrong_password(small_shop: Shop) -> None:
    endpoint = replace(small_shop.endpoint, password="wrong-secret")

    with pytest.raises(errors.WrongCredentials) as caught:
        run_sync(endpoint, small_shop.owner, small_shop.request(), small_shop.lines.append)

    assert SYNC_USER in str(caught.value)
    assert "Check user and password" in str(caught.value)
    assert "wrong-secret" not in str(caught.value) + repr(endpoint) + repr(caught.value.__cause__)


def test_another_account_of_its_name_whose_host_fits_better(small_shop: Shop) -> None:
    beside = f"'{SYNC_USER}'@'127.0.0.1'"
    small_shop.run(f"CREATE USER {beside} IDENTIFIED BY 'another'")
    try:
        text = refusal(small_shop, errors.WrongCredentials)
    finally:
        small_shop.run(f"DROP USER {beside}")
    assert "no account of its name at another host, or without a name, is let in instead" in text


def test_a_limit_of_the_account(small_shop: Shop) -> None:
    small_shop.run(f"ALTER USER {ACCOUNT} WITH MAX_QUERIES_PER_HOUR 30", "FLUSH USER_RESOURCES")
    text = refusal(small_shop, errors.SyncError)
    assert "(1226) User 'cadrart-sync' has exceeded the 'max_que" in text
    assert "lift the limits of that account" in text


def test_a_limit_of_staging_s_own_account_is_held_against_no_definition(small_shop: Shop) -> None:
    small_shop.run(
        "CREATE VIEW names AS SELECT v FROM client",
        "CREATE PROCEDURE p() SELECT 1",
        f"ALTER USER '{STAGING_USER}'@'%' WITH MAX_UPDATES_PER_HOUR 1",
    )
    text = refusal(small_shop, errors.SyncError)
    assert f"(1226) User '{STAGING_USER}' has exceeded the 'max_updates" in text
    assert "lift the limits of that account" in text
    assert "definitions" not in text


def open_all_there_are(shop: Shop, sessions: ExitStack) -> None:
    while True:
        sessions.enter_context(closing(session.Session(shop.endpoint)))


def test_a_server_that_takes_no_further_connection(small_shop: Shop) -> None:
    with ExitStack() as open_sessions, small_shop.setting("max_connections", 10):
        with pytest.raises(ConnectionsUsedUp):
            open_all_there_are(small_shop, open_sessions)
        with pytest.raises(errors.ServerUnreachable) as refused:
            run_sync(small_shop.endpoint, small_shop.owner, small_shop.request(), small_shop.lines.append)
    text = str(refused.value)
    assert "takes no further connection while" in text
    assert "(1040) Too many connections" in text
    assert "pulumi config set --path database.settings.max_connections" in text


def test_a_server_that_takes_patterns_of_grants_for_letters(small_shop: Shop) -> None:
    if small_shop.is_mariadb:
        pytest.skip("MariaDB has no partial_revokes")
    with small_shop.setting("partial_revokes", 1):
        text = refusal(small_shop, errors.UnsupportedServer)
        assert f"has no rights on {STAGING}, {STAGING}_next" in text
        for schema in (STAGING, f"{STAGING}_next", f"{STAGING}_prev", f"{STAGING}_sync"):
            small_shop.run(f"GRANT ALL ON `{schema}`.* TO {ACCOUNT}")
        small_shop.run(f"GRANT ALL ON `{STAGING}_next`.* TO '{STAGING_USER}'@'%'")
        small_shop.sync()


def test_nobody_answers(small_shop: Shop) -> None:
    with pytest.raises(errors.ServerUnreachable, match=r"connecting to 127\.0\.0\.1:1 "):
        run_sync(replace(small_shop.endpoint, port=1), small_shop.owner, small_shop.request(), small_shop.lines.append)


@pytest.mark.parametrize("right", ["SELECT", "SHOW VIEW", "TRIGGER", "EVENT"])
def test_missing_right_on_production(small_shop: Shop, right: str) -> None:
    small_shop.run(f"REVOKE {right} ON `{PRODUCTION}`.* FROM {ACCOUNT}")

    assert f"GRANT {right} ON `{PRODUCTION}`.* TO {ACCOUNT}" in refusal(small_shop, errors.MissingGrants)


def test_missing_right_on_staging(small_shop: Shop) -> None:
    small_shop.run(f"REVOKE DROP, EXECUTE ON `{STAGING}%`.* FROM {ACCOUNT}")

    text = refusal(small_shop, errors.MissingGrants)

    assert f"GRANT ALL ON `{STAGING}%`.* TO {ACCOUNT} (lacks DROP, EXECUTE)" in text


def test_missing_right_to_read_routines(small_shop: Shop) -> None:
    what = "SELECT ON mysql.proc" if small_shop.is_mariadb else "SHOW_ROUTINE ON *.*"
    small_shop.run(f"REVOKE {what} FROM {ACCOUNT}")

    assert "procedures and functions would be lost unseen" in refusal(small_shop, errors.MissingGrants)


def test_no_rights_at_all(small_shop: Shop) -> None:
    small_shop.run(
        f"DROP USER {ACCOUNT}", f"CREATE USER {ACCOUNT} IDENTIFIED BY '{SYNC_PASSWORD.replace(chr(39), '')}'"
    )
    endpoint = replace(small_shop.endpoint, password=SYNC_PASSWORD.replace("'", ""))

    with pytest.raises(errors.MissingGrants) as caught:
        run_sync(endpoint, small_shop.owner, small_shop.request(), small_shop.lines.append)

    assert f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{PRODUCTION}`.*" in str(caught.value)


def test_staging_s_own_account_goes_while_the_copy_is_swapped_in(small_shop: Shop) -> None:
    small_shop.run("CREATE VIEW names AS SELECT v FROM client")
    small_shop.lines = Listener(
        lambda line: "swapping" in line and small_shop.run(f"DROP USER IF EXISTS '{STAGING_USER}'@'%'")
    )

    with pytest.raises(errors.MissingGrants) as caught:
        small_shop.sync()

    assert f"(1044) Access denied for user '{STAGING_USER}'@'%' to database '{STAGING}'" in str(caught.value)
    assert "let pulumi up do so" in str(caught.value)


@pytest.mark.parametrize(
    ("rights", "where"),
    [
        ("DELETE", "client"),
        ("UPDATE (id)", "client"),
        ("ALTER, CREATE, CREATE ROUTINE, CREATE VIEW, DELETE, DROP, INDEX, INSERT, UPDATE", "*"),
    ],
)
def test_account_that_could_change_production(small_shop: Shop, rights: str, where: str) -> None:
    small_shop.run(f"GRANT {rights} ON `{PRODUCTION}`.{where} TO {ACCOUNT}")
    text = refusal(small_shop, errors.UnsafeAccount)
    (named,) = re.findall(r"could change production's database 'atelier-cadrart' \((.*?)\)", text)
    assert sorted(named.split(", ")) == rights.replace(" (id)", "").split(", ")


def test_production_missing(small_shop: Shop) -> None:
    small_shop.run(f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `nowhere`.* TO {ACCOUNT}")

    text = refusal(small_shop, errors.DatabaseMissing, production="nowhere")

    assert "'nowhere' does not exist" in text
    assert PRODUCTION in text


def test_production_empty(small_shop: Shop) -> None:
    small_shop.run("DROP TABLE client")

    assert "has no tables" in refusal(small_shop, errors.DatabaseMissing)


@pytest.mark.parametrize("staging", [PRODUCTION, PRODUCTION.upper()])
def test_source_is_target(small_shop: Shop, staging: str) -> None:
    assert "Give staging a name of its own" in refusal(small_shop, errors.SameDatabase, staging=staging)


def test_production_among_the_syncs_own_schemas(small_shop: Shop) -> None:
    refusal(small_shop, errors.SameDatabase, production=f"{STAGING}_prev")


def test_name_too_long(small_shop: Shop) -> None:
    assert "longer than 64" in refusal(small_shop, errors.SyncError, staging="s" * 62)


@pytest.mark.parametrize("column", ["json", "longtext CHARACTER SET latin1"])
def test_a_text_that_is_longer_than_a_packet_is_not_taken_for_another_one(small_shop: Shop, column: str) -> None:
    """The limit was lowered since it was written: the server makes nothing of it, and mostly only warns."""
    shop, asked = small_shop, "SELECT SHA2(v, 256) FROM doc"
    shop.run(f"CREATE TABLE doc (id int PRIMARY KEY, v {column})", "INSERT INTO doc VALUES (1, '[]')")
    letters = "UPDATE doc SET v = CONCAT('[\"', REPEAT('{}', 2000000), '\"]')"
    shop.run(letters.format("x"))
    shop.sync(keep_previous=True)
    shop.sync(keep_previous=True)
    before = shop.run(asked, schema=STAGING)
    shop.run(letters.format("y"))

    with shop.setting("max_allowed_packet", 1 << 20), pytest.raises(errors.SyncError) as caught:
        shop.sync(keep_previous=True)

    assert "while verifying table doc: (1301)" in str(caught.value)
    assert "--path database.settings.max_allowed_packet 128M" in str(caught.value)
    assert shop.run(asked, schema=STAGING) == before
    shop.sync(keep_previous=True)
    assert shop.run(asked, schema=STAGING) == shop.run(asked) != before


@pytest.mark.usefixtures("binary_log")
def test_binary_log_that_would_lock_production(small_shop: Shop) -> None:
    with small_shop.setting("binlog_format", "STATEMENT"):
        text = refusal(small_shop, errors.UnsupportedServer)

    assert "Set binlog_format to ROW or MIXED" in text


def test_a_server_that_takes_no_writes(small_shop: Shop) -> None:
    with small_shop.setting("read_only", 1):
        text = refusal(small_shop, errors.UnsupportedServer)

    assert "SET GLOBAL read_only = OFF" in text


def test_a_database_that_takes_no_writes(small_shop: Shop) -> None:
    if small_shop.is_mariadb:
        pytest.skip("MySQL alone can make one database read-only")
    small_shop.run(f"ALTER DATABASE `{STAGING}` READ ONLY = 1")
    try:
        text = refusal(small_shop, errors.SyncError, take_over=STAGING)
    finally:
        small_shop.run(f"ALTER DATABASE `{STAGING}` READ ONLY = 0")

    assert "ALTER DATABASE <database> READ ONLY = 0" in text


def test_definition_that_the_server_refuses_fails_before_the_swap(small_shop: Shop) -> None:
    small_shop.run(
        "CREATE TABLE other (id int) ENGINE=InnoDB", "CREATE VIEW broken AS SELECT id FROM other", "DROP TABLE other"
    )

    text = refusal(small_shop, errors.SyncError)

    assert "broken" in text
    assert "Correct or drop these in production" in text


def test_a_table_that_stays_locked_is_named(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_LOCK_SECONDS", 1)
    with small_shop.root() as cursor:
        cursor.execute("LOCK TABLES client WRITE")
        with pytest.raises(errors.SyncError, match=r"while \w.* table \S*client: \(1205\) .* End what holds it"):
            small_shop.sync()


def test_time_limit(small_shop: Shop) -> None:
    assert "did not end within 0 s" in refusal(small_shop, errors.TimeLimitExceeded, time_limit_seconds=0.0)


def test_a_database_that_no_sync_has_made_stays_as_it_is(small_shop: Shop) -> None:
    small_shop.run(f"DROP DATABASE `{STAGING}_sync`")

    text = refusal(small_shop, errors.ForeignDatabase)

    assert f"database.takeOver {STAGING}" in text
    assert not small_shop.run(f"SHOW DATABASES LIKE '{STAGING}\\_%'")
    refusal(small_shop, errors.ForeignDatabase, take_over="another")
    small_shop.sync(take_over=STAGING)
    small_shop.sync()
    assert small_shop.contents(STAGING) == small_shop.contents(PRODUCTION)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE generation SET content = LEFT(content, 20)",
        "UPDATE generation SET content = '[1]'",
        "ALTER TABLE generation DROP COLUMN content",
        f"INSERT INTO swap VALUES ('{STAGING}', '{{}}')",
    ],
)
def test_damaged_notes_of_the_sync_are_named_with_the_way_out(small_shop: Shop, damage: str) -> None:
    small_shop.sync()
    small_shop.run("INSERT INTO client VALUES (2, 'new')")
    copy = small_shop.contents(STAGING)
    small_shop.run(damage, schema=f"{STAGING}_sync")

    with pytest.raises(errors.SyncError, match=f"not as it was written while .* in table {STAGING}_sync") as caught:
        small_shop.sync()
    assert "as root, drop the database of that table" in str(caught.value)
    assert small_shop.contents(STAGING) == copy

    small_shop.run(f"DROP DATABASE `{STAGING}_sync`", schema=None)
    root_client(small_shop.server).run(*notes(ACCESS))  # as an update does where it is missing
    small_shop.sync()
    assert small_shop.contents(STAGING) == small_shop.contents(PRODUCTION)


@pytest.mark.parametrize(
    "content", [f"CREATE PROCEDURE `{STAGING}`.p() SELECT 1", f"CREATE TABLE `{STAGING}_prev`.other (id int)"]
)
def test_neither_do_routines_nor_databases_that_copies_would_use_go_unasked(empty_shop: Shop, content: str) -> None:
    empty_shop.run("CREATE TABLE client (id int PRIMARY KEY)")
    empty_shop.run(f"CREATE DATABASE `{STAGING}`", f"CREATE DATABASE `{STAGING}_prev`", content)
    with pytest.raises(errors.ForeignDatabase):
        empty_shop.sync()
    assert not empty_shop.run(f"SHOW DATABASES LIKE '{STAGING}\\_next'")


def test_an_empty_database_is_nobody_s(empty_shop: Shop) -> None:
    empty_shop.run("CREATE TABLE client (id int PRIMARY KEY)", f"CREATE DATABASE `{STAGING}`")
    empty_shop.sync()
    assert empty_shop.tables(STAGING) == ["client"]


@pytest.mark.parametrize("dropped", ["", "_next", "_prev"])
@pytest.mark.parametrize("moment", ["DROP TRIGGER IF EXISTS", "RENAME TABLE", "CREATE TRIGGER"])
def test_a_database_of_an_interrupted_swap_that_somebody_dropped(two_copies: Shop, moment: str, dropped: str) -> None:
    """To start afresh, say."""
    swap = ["REPLACE INTO `atelier-cadrart-stg_sync`.`swap`", moment]

    def kill(connection: Connection[Any]) -> None:
        two_copies.run(f"KILL CONNECTION {connection.thread_id()}")  # type: ignore[no-untyped-call]

    cut = Cut(swap, kill)
    with every_statement(after_send=cut), suppress(errors.ServerUnreachable):
        two_copies.sync()
    assert cut.done
    wait_until_gone(two_copies)
    two_copies.run("SET foreign_key_checks = 0", f"DROP DATABASE `{STAGING}{dropped}`", schema=None)
    require_recovery(two_copies)
