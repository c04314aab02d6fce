"""Nothing that is copied reaches production, or any other database, from staging."""

from __future__ import annotations

import pymysql
import pytest

from cadrart_infra.staging_sync.errors import MissingGrants, UnsafeAccount, UnsupportedObjects
from sandbox.local_servers import KINDS, running_server
from tests.database.cases.playing import play, produce, refusal, require_carried, require_equal
from tests.database.harness import PRODUCTION, STAGING, STAGING_USER, SYNC_USER, Shop


def test_names_in_double_quotes_are_staging_s(empty_shop: Shop) -> None:
    case = produce(empty_shop, "01-ansi-quotes-reaches-production")
    empty_shop.sync()
    before = empty_shop.contents(PRODUCTION)

    answers = play(empty_shop, case, "in staging", STAGING)

    assert answers[1] == ((2000,),)
    assert answers[2:] == [(), ()]
    assert empty_shop.contents(PRODUCTION) == before
    assert empty_shop.contents(STAGING)["client"] == []
    empty_shop.sync()
    require_equal(empty_shop)


def test_a_name_without_a_dot_is_staging_s(empty_shop: Shop) -> None:
    case = produce(empty_shop, "43-database-named-without-a-dot")
    empty_shop.sync()
    require_equal(empty_shop)

    listed, _ = play(empty_shop, case, "in staging", STAGING)

    assert listed == (("client",),)
    assert empty_shop.contents(PRODUCTION)["client"] == [(1,)]
    assert empty_shop.tables(STAGING) == []


def test_another_spelling_names_another_database(empty_shop: Shop) -> None:
    text = refusal(empty_shop, "01-name-in-another-spelling", UnsupportedObjects)

    assert "function total (reads database ATELIER-CADRART" in text
    assert "procedure empty_it (reads database Atelier-Cadrart" in text


def test_another_spelling_is_staging_s_where_the_server_folds_case() -> None:
    with running_server(KINDS["mariadb"], {"lower-case-table-names": "1"}) as server:
        shop = Shop(server)
        shop.reset()
        produce(shop, "01-name-in-another-spelling")
        shop.sync()
        shop.run("UPDATE client SET v = 1000", schema=STAGING)

        assert shop.run("SELECT total()", schema=STAGING) == ((2000,),)
        shop.run("CALL empty_it()", schema=STAGING)
        assert shop.contents(STAGING)["client"] == []
        assert shop.contents(PRODUCTION)["client"] == [(1, 10), (2, 20)]


def test_what_was_made_as_another_account_is_made_again(empty_shop: Shop) -> None:
    """A copy of an earlier release: its views and routines ran with the rights of the sync's account."""
    produce(empty_shop, "01-name-put-together-at-run-time")
    empty_shop.sync()
    with empty_shop.connect(STAGING, SYNC_USER) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW CREATE PROCEDURE read_it")
        statement = cursor.fetchall()[0][2]
        cursor.execute("DROP PROCEDURE read_it")
        cursor.execute(statement.replace(STAGING_USER, SYNC_USER))
        cursor.execute("CALL read_it()")
        assert cursor.fetchall() == ((30,),)

    empty_shop.sync()

    with pytest.raises(pymysql.MySQLError, match="denied"):
        empty_shop.run("CALL read_it()", schema=STAGING)


def test_an_owner_with_rights_on_production_is_refused(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE client (id int PRIMARY KEY)", f"GRANT SELECT ON `{PRODUCTION}`.client TO '{STAGING_USER}'@'%'"
    )
    with pytest.raises(UnsafeAccount, match=r"cadrart-stg@% has rights on production's database .* \(SELECT\)"):
        empty_shop.sync()


@pytest.mark.parametrize(
    ("grant", "reported"),
    [
        (f"GRANT PROXY ON 'root'@'127.0.0.1' TO '{STAGING_USER}'@'%'", "PROXY ON .*root"),
        (f"GRANT UPDATE ON mysql.* TO '{STAGING_USER}'@'%'", "UPDATE on mysql"),
        (f"GRANT USAGE ON *.* TO '{STAGING_USER}'@'%' WITH GRANT OPTION", "GRANT OPTION"),
        (f"GRANT SELECT ON `{PRODUCTION}`.* TO ''@'%'", "no grant of its own brings"),
    ],
)
def test_an_owner_that_gets_at_production_in_other_ways_is_refused(empty_shop: Shop, grant: str, reported: str) -> None:
    empty_shop.run("CREATE TABLE client (id int PRIMARY KEY)", "CREATE USER ''@'%'", grant)
    try:
        with pytest.raises(UnsafeAccount, match=rf"cadrart-stg@% has rights on production's database .*{reported}"):
            empty_shop.sync()
    finally:
        empty_shop.run("DROP USER ''@'%'")


def test_a_sync_that_may_become_another_account_is_refused(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE client (id int PRIMARY KEY)", f"GRANT PROXY ON 'root'@'127.0.0.1' TO '{SYNC_USER}'@'%'"
    )
    with pytest.raises(UnsafeAccount, match=r"cadrart-sync@% could change production's database .*PROXY ON"):
        empty_shop.sync()


def test_rights_that_a_role_brings_are_seen_before_it_is_switched_on(empty_shop: Shop) -> None:
    roles = ("reader", "outer_reader", "writer")
    empty_shop.run("CREATE TABLE client (id int PRIMARY KEY)", *(f"CREATE ROLE {role}" for role in roles))
    try:
        empty_shop.run(f"GRANT SELECT ON `{STAGING}`.* TO outer_reader", f"GRANT outer_reader TO '{STAGING_USER}'@'%'")
        empty_shop.sync()
        empty_shop.run(f"GRANT SELECT ON `{PRODUCTION}`.* TO reader", "GRANT reader TO outer_reader")
        with pytest.raises(UnsafeAccount, match=r"cadrart-stg@% has rights on production's database .* \(SELECT\)"):
            empty_shop.sync()
        empty_shop.run(f"GRANT INSERT ON `{PRODUCTION}`.* TO writer", f"GRANT writer TO '{SYNC_USER}'@'%'")
        with pytest.raises(UnsafeAccount, match=r"cadrart-sync@% could change production's database .* \(INSERT\)"):
            empty_shop.sync()
    finally:
        empty_shop.run(*(f"DROP ROLE {role}" for role in roles))


def test_an_owner_that_may_not_try_objects_out_is_told_what_it_lacks(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE client (id int PRIMARY KEY)", f"REVOKE TRIGGER ON `{STAGING}\\_next`.* FROM '{STAGING_USER}'@'%'"
    )
    with pytest.raises(MissingGrants, match="GRANT TRIGGER ON"):
        empty_shop.sync()


def test_what_no_reading_finds_the_server_refuses(empty_shop: Shop) -> None:
    produce(empty_shop, "01-name-put-together-at-run-time")
    empty_shop.sync()
    before = empty_shop.contents(PRODUCTION)

    for procedure in ("empty_it", "read_it"):
        with pytest.raises(pymysql.MySQLError, match="denied") as caught:
            empty_shop.run(f"CALL {procedure}()", schema=STAGING)
        assert caught.value.args[0] == 1142

    assert empty_shop.contents(PRODUCTION) == before


def test_a_database_that_the_sync_cannot_see_is_named(empty_shop: Shop) -> None:
    text = refusal(empty_shop, "31-trigger-into-another-database", UnsupportedObjects)

    assert "trigger noted (reads database third" in text
    assert "procedure note (reads database third" in text


@pytest.mark.parametrize(
    "name",
    ["21-table-named-as-schema", "21-table-named-as-schema-routine", "21-alias-named-as-schema"],
)
def test_only_a_schema_s_name_is_replaced(empty_shop: Shop, name: str) -> None:
    require_carried(empty_shop, name)


@pytest.mark.parametrize("name", ["38-information-schema", "38-text-with-domain", "70-comments-that-name-the-database"])
def test_what_stays_in_staging_is_carried(empty_shop: Shop, name: str) -> None:
    require_carried(empty_shop, name)


def test_a_backslash_that_is_no_escape(empty_shop: Shop) -> None:
    case = produce(empty_shop, "38-no-backslash-escapes")
    empty_shop.sync()
    require_equal(empty_shop)

    assert play(empty_shop, case, "in staging", STAGING)[1] == (("C:\\",),)
    assert empty_shop.contents(PRODUCTION)["client"] == [(1, "x")]
