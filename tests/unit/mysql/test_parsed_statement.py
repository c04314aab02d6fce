"""Finding the names of schemas in SQL that someone else wrote, as the server would read it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.parsed_statement import ParsedStatement

identifiers = st.text(min_size=1, max_size=20)
NO_SCHEMAS = {"t", "new", "old", "mariadb_schema", "maxdb_schema", "oracle_schema"}
"""The statement's own table, a trigger's rows, and what MariaDB writes before functions."""


@given(identifiers, identifiers, st.text(max_size=20).filter(lambda text: "'" not in text and "\\" not in text))
def test_requalify_changes_qualifiers_and_no_text(old: str, new: str, text: str) -> None:
    assume(old.casefold() not in NO_SCHEMAS)
    statement = f"SELECT '{text}', {sql.name(old)}.{sql.name(old)} FROM {sql.name(old)}.t"

    changed = ParsedStatement(statement).moved(old, new)

    assert changed == f"SELECT '{text}', {sql.name(new)}.{sql.name(old)} FROM {sql.name(new)}.t"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT shop.t.a FROM shop . t", "SELECT `new`.t.a FROM `new` . t"),
        ("BEGIN\n  --\n  DELETE FROM shop.t;\nEND", "BEGIN\n  --\n  DELETE FROM `new`.t;\nEND"),
        ("BEGIN\n--\r\nDELETE FROM shop.t; --\tshop.t\nEND", "BEGIN\n--\r\nDELETE FROM `new`.t; --\tshop.t\nEND"),
        ("SELECT 5--1, shop.f(1) --\x01 shop.t\n--", "SELECT 5--1, `new`.f(1) --\x01 shop.t\n--"),
        ("SELECT 'shop.t', \"shop.t\" -- shop.t\n, shop.f(1)", "SELECT 'shop.t', \"shop.t\" -- shop.t\n, `new`.f(1)"),
        (
            "SELECT `shop``.t`, shop, workshop.t, 'it''s \\' shop.t'",
            "SELECT `shop``.t`, shop, workshop.t, 'it''s \\' shop.t'",
        ),
        (
            "DROP DATABASE IF EXISTS shop; CREATE SCHEMA `shop`; ALTER DATABASE COLLATE shop; SELECT SCHEMA(), shop",
            "DROP DATABASE IF EXISTS `new`; CREATE SCHEMA `new`; ALTER DATABASE COLLATE shop; SELECT SCHEMA(), shop",
        ),
        (
            "SHOW TABLES IN shop; SHOW KEYS FROM shop FROM shop; SHOW FIELDS FROM shop; SELECT a FROM shop, t",
            "SHOW TABLES IN `new`; SHOW KEYS FROM shop FROM `new`; SHOW FIELDS FROM shop; SELECT a FROM shop, t",
        ),
        ("/* shop.t */ CALL shop/* here */.p() # shop.t", "/* shop.t */ CALL `new`/* here */.p() # shop.t"),
    ],
)
def test_requalify_reads_like_the_server(statement: str, expected: str) -> None:
    assert ParsedStatement(statement).moved("shop", "new") == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SET @s = 'DELETE FROM `shop`.t'", True),
        ("SET @s = 'DELETE FROM shop . t'", True),
        ("SET @s = 'the shop is closed'", False),
        ("SET @s = 'DELETE FROM `shop-stg`.t, my-shop.t'", False),
        ("SELECT a FROM shop.t", False),
    ],
)
def test_texts_that_may_become_statements_are_found(text: str, found: bool) -> None:
    assert ParsedStatement(text).may_build("shop") is found


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DEFINER=`root`@`localhost` TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1",
        "CREATE DEFINER=`ro``ot@`@`%` TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1",
        "CREATE DEFINER=`role` TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1",
    ],
)
def test_definer_is_taken_out(statement: str) -> None:
    assert (
        ParsedStatement(statement).without_definer()
        == "CREATE TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @a = 1"
    )


def test_only_the_definer_is_taken_out_of_a_view() -> None:
    statement = (
        "CREATE ALGORITHM=MERGE DEFINER=`a`@`%` SQL SECURITY DEFINER VIEW `v` AS select 'DEFINER=`x`@`y` ' AS `c`"
    )

    assert ParsedStatement(statement).without_definer() == (
        "CREATE ALGORITHM=MERGE SQL SECURITY DEFINER VIEW `v` AS select 'DEFINER=`x`@`y` ' AS `c`"
    )


@pytest.mark.parametrize("state", ["ENABLE", "DISABLE", "DISABLE ON SLAVE", "DISABLE ON REPLICA"])
def test_event_is_disabled_from_the_start(state: str) -> None:
    statement = (
        f"CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE {state} COMMENT 'ENABLE' DO SELECT 1"
    )

    assert (
        ParsedStatement(statement)
        .disabled_event()
        .endswith("ON COMPLETION NOT PRESERVE DISABLE COMMENT 'ENABLE' DO SELECT 1")
    )


def test_an_event_is_made_without_the_clause_that_says_the_default() -> None:
    head = "CREATE EVENT `ON COMPLETION NOT PRESERVE` ON SCHEDULE EVERY 1 DAY"

    assert ParsedStatement(
        f"{head} ON COMPLETION NOT PRESERVE DISABLE DO SELECT NOT 1"
    ).without_default_of_completion() == (f"{head} DISABLE DO SELECT NOT 1")
    kept = f"{head} ON COMPLETION PRESERVE DISABLE DO SELECT 1"
    assert ParsedStatement(kept).without_default_of_completion() == kept


def test_an_event_is_disabled_whatever_its_name_says() -> None:
    head = "CREATE EVENT `ON COMPLETION PRESERVE ENABLE` ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE"

    assert ParsedStatement(f"{head} ENABLE DO SELECT 1").disabled_event() == f"{head} DISABLE DO SELECT 1"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT shop.id, shop.v FROM shop", "SELECT shop.id, shop.v FROM shop"),
        ("SELECT shop.id FROM client AS shop", "SELECT shop.id FROM client AS shop"),
        ("SELECT shop.id FROM shop.shop", "SELECT shop.id FROM `new`.shop"),
        ("SELECT shop.shop.id FROM shop, shop.log", "SELECT `new`.shop.id FROM shop, `new`.log"),
        (
            "SELECT 1 FROM shop JOIN (shop.log, shop.x) ON shop.id = 1",
            "SELECT 1 FROM shop JOIN (`new`.log, `new`.x) ON shop.id = 1",
        ),
        (
            "SELECT EXTRACT(YEAR FROM shop.at), shop.f(1) FROM shop",
            "SELECT EXTRACT(YEAR FROM shop.at), `new`.f(1) FROM shop",
        ),
        (
            "INSERT INTO shop (id) VALUES (1) ON DUPLICATE KEY UPDATE shop.id = 2",
            "INSERT INTO shop (id) VALUES (1) ON DUPLICATE KEY UPDATE shop.id = 2",
        ),
        (
            "CREATE TRIGGER shop.a BEFORE UPDATE ON shop.shop FOR EACH ROW SET NEW.id = 1",
            "CREATE TRIGGER `new`.a BEFORE UPDATE ON `new`.shop FOR EACH ROW SET NEW.id = 1",
        ),
    ],
)
def test_tables_and_aliases_named_as_the_schema_stay(statement: str, expected: str) -> None:
    assert ParsedStatement(statement).moved("shop", "new") == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT `new`.t.id, t.v FROM `new`.t", "SELECT `copy`.t.id, t.v FROM `copy`.t"),
        (
            "SELECT new.f(1) FROM `new`.t JOIN new.u USING (id)",
            "SELECT `copy`.f(1) FROM `copy`.t JOIN `copy`.u USING (id)",
        ),
        ("INSERT IGNORE INTO new.t VALUES (NEW.id)", "INSERT IGNORE INTO `copy`.t VALUES (NEW.id)"),
        (
            "CREATE TRIGGER `new`.a BEFORE UPDATE ON `new`.t FOR EACH ROW SELECT v INTO NEW.v FROM new.u",
            "CREATE TRIGGER `copy`.a BEFORE UPDATE ON `copy`.t FOR EACH ROW SELECT v INTO NEW.v FROM `copy`.u",
        ),
        (
            "CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW INSERT INTO u SELECT NEW.id FROM v AS new WHERE v.a = 1",
            "CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW INSERT INTO u SELECT NEW.id FROM v AS new WHERE v.a = 1",
        ),
    ],
)
def test_a_schema_named_as_a_trigger_s_row_is_known_by_its_place(statement: str, expected: str) -> None:
    assert ParsedStatement(statement).moved("new", "copy") == expected


def test_quotes_are_read_in_the_object_s_own_mode() -> None:
    statement = """DELETE FROM "shop"."t" WHERE p = 'C:\\'; DELETE FROM shop.u WHERE p = '\\'"""

    moved = ParsedStatement(statement, "ANSI_QUOTES,NO_BACKSLASH_ESCAPES").moved("shop", "new")

    assert moved == """DELETE FROM "new"."t" WHERE p = 'C:\\'; DELETE FROM `new`.u WHERE p = '\\'"""
    assert ParsedStatement('SELECT "shop".t').moved("shop", "new") == 'SELECT "shop".t'


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        (
            r"CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ENABLE COMMENT 'C:\\' DO SELECT '\\'",
            r" COMMENT 'C:\' DO SELECT '\\'",
        ),
        (
            "CREATE PROCEDURE `p`(comment int)\n    COMMENT 'a\\\\b\\n'\nSELECT '\\\\'",
            "COMMENT 'a\\b\n'\nSELECT '\\\\'",
        ),
        (
            "CREATE FUNCTION `f`(a decimal(5,2)) RETURNS int\n    NO SQL\n    COMMENT '''\\\\'''\nRETURN 1",
            "COMMENT '''\\'''\n",
        ),
        ("CREATE PROCEDURE `p`()\nCREATE TABLE t (a int)\n    COMMENT 'b\\\\'\n", "COMMENT 'b\\\\'\n"),
        (r"CREATE PROCEDURE `p`() SELECT 1 AS comment, '\\'", r"comment, '\\'"),
    ],
)
def test_backslashes_that_a_server_shows_and_does_not_read_are_taken_out(shown: str, sent: str) -> None:
    assert sent in ParsedStatement(shown, "NO_BACKSLASH_ESCAPES").with_readable_comment()
    assert ParsedStatement(shown, "ANSI_QUOTES").with_readable_comment() == shown


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (
            "CREATE DEFINER=`app`@`shop@local` EVENT `e` ON SCHEDULE",
            "CREATE DEFINER=`app@shop`@`local` EVENT `e` ON SCHEDULE",
        ),
        ('CREATE DEFINER="a"@"b@c@%" EVENT "e" ON SCHEDULE', 'CREATE DEFINER=`a@b@c`@`%` EVENT "e" ON SCHEDULE'),
        ("CREATE DEFINER=`app`@`local` EVENT `a@b@c` DO", "CREATE DEFINER=`app`@`local` EVENT `a@b@c` DO"),
        ("CREATE DEFINER=`a_role` EVENT `e` DO", "CREATE DEFINER=`a_role` EVENT `e` DO"),
        ("CREATE EVENT `a@b` DO SELECT 1", "CREATE EVENT `a@b` DO SELECT 1"),
    ],
)
def test_an_event_s_owner_may_have_an_at_in_his_name(shown: str, meant: str) -> None:
    assert ParsedStatement(shown, "ANSI_QUOTES").with_whole_user() == meant


def test_another_spelling_is_the_same_schema_only_where_the_server_folds_case() -> None:
    statement = "SELECT 1 FROM SHOP.t"

    assert ParsedStatement(statement).moved("shop", "new", fold_case=True) == "SELECT 1 FROM `new`.t"
    assert ParsedStatement(statement).moved("shop", "new") == statement
    assert ParsedStatement(statement).other_schemas("shop") == {"SHOP"}
    assert ParsedStatement(statement).other_schemas("shop", fold_case=True) == set()


@pytest.mark.parametrize(
    ("statement", "others"),
    [
        ("INSERT INTO third.audit (what) VALUES (NEW.id)", {"third"}),
        ("SELECT c.id, third.f(c.id), @@global.x, 1.5 FROM client c, fourth.t", {"third", "fourth"}),
        ("SELECT table_name FROM INFORMATION_SCHEMA.tables t WHERE t.table_schema = DATABASE()", set()),
        ("SELECT x.y FROM (SELECT id AS y FROM client) x", set()),
        ("SELECT oracle_schema.concat(a, 1), CAST(b AS mariadb_schema.date) FROM client", set()),
        ("SELECT a FROM oracle_schema.client", {"oracle_schema"}),
        ("CREATE PROCEDURE p(a TYPE OF client.id) BEGIN DECLARE b TYPE OF third.client.id; END", {"third"}),
        ("CREATE PROCEDURE p() BEGIN DECLARE a ROW TYPE OF third.client; END", {"third"}),
        (
            "CREATE PROCEDURE p(a client.id%TYPE) AS b third.client%ROWTYPE; c shop.client.id%TYPE; BEGIN NULL; END",
            {"third"},
        ),
    ],
)
def test_other_schemas_are_found_seen_or_not(statement: str, others: set[str]) -> None:
    assert ParsedStatement(statement).other_schemas("shop") == others


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 'https://shop.be/client', 'info@shop.be'", False),
        ("SET @s = CONCAT('DELETE FROM `', 'shop', '`.t')", False),
        ("SET @s = CONCAT('DELETE FROM `', 'shop', '`.t'); PREPARE s FROM @s", True),
    ],
)
def test_addresses_are_no_statements_and_prepared_pieces_are(text: str, found: bool) -> None:
    assert ParsedStatement(text).may_build("shop") is found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE PROCEDURE `p`()\n    COMMENT 'CALL `shop`.p()'\nSELECT 1", False),
        ("CREATE FUNCTION `f`(n int) RETURNS int\n    DETERMINISTIC\n    COMMENT 'SELECT shop.f(1)'\nRETURN n", False),
        ("CREATE DEFINER=`a`@`%` EVENT `e` ON SCHEDULE EVERY 1 DAY COMMENT 'of `shop`.t' DO SELECT 1", False),
        ("CREATE PROCEDURE `p`()\n    COMMENT 'CALL `shop`.p()'\nSET @s = 'CALL `shop`.p()'", True),
        ("CREATE PROCEDURE `p`(event int) BEGIN CALL x(comment 'DELETE FROM `shop`.t'); DO 1; END", True),
        ("CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY COMMENT 'x' DO SET @s = 'CALL `shop`.p()'", True),
        ("CREATE TRIGGER `t` BEFORE INSERT ON `x` FOR EACH ROW SET @s = (1)\n    COMMENT 'CALL `shop`.p()'\n", True),
    ],
)
def test_the_comment_of_an_object_is_no_statement(statement: str, found: bool) -> None:
    assert ParsedStatement(statement).may_build("shop") is found


def test_the_owner_is_read_in_both_quotes() -> None:
    assert (
        ParsedStatement('CREATE DEFINER="ro ot"@"local.host" PROCEDURE "p"() SELECT 1', "ANSI").definer()
        == "ro ot@local.host"
    )
    assert ParsedStatement("CREATE DEFINER=`a``b`@`%` PROCEDURE `p`() SELECT 1").definer() == "a`b@%"
    assert ParsedStatement("CREATE PROCEDURE `p`() SELECT 1").definer() == ""


@pytest.mark.parametrize(
    ("statement", "schemas"),
    [
        ("SELECT 1 /*M! FROM third.x it's */ FROM `shop`.t, 'a'.b", {"shop"}),  # MariaDB itself keeps no such mark
        ("SELECT 1 /*M!999999 ' */ FROM `shop`.t", {"shop"}),
        ("SELECT /*+ NO_MERGE(other.x) */ 1 FROM `shop`.t", {"shop"}),
        ("CREATE TABLE t (id int) /*!50100 PARTITION BY HASH (`shop`.f(id)) */", {"shop"}),
    ],
)
def test_comments_are_distinguished_from_what_the_server_reads(statement: str, schemas: set[str]) -> None:
    assert {name for _, name in ParsedStatement(statement).schemas} == schemas
