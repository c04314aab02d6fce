"""A foreign key of production joins masks too, or the sync refuses by its columns before it copies; what is offered
as rules is taken."""

from __future__ import annotations

from contextlib import closing

import pytest

from cadrart_infra.mysql.schema import read_inventory
from cadrart_infra.mysql.session import connect
from cadrart_infra.staging_sync.errors import PartedMasks, UnmaskedColumns
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.masking.suggestions import KEEP, Suggestion
from cadrart_infra.staging_sync.masking.verified_suggestions import verified_suggestions
from tests.database.cases.masking import sync_and_when
from tests.database.harness import OWNED, PRODUCTION, STAGING, Shop

_ORPHANS = "SELECT COUNT(*) FROM post LEFT JOIN client ON sender = mail WHERE sender IS NOT NULL AND mail IS NULL"


def tied(shop: Shop, column: str, other: str, *senders: str) -> None:
    """Two tables, and rows of the second that refer to the only one of the first."""
    shop.run(
        f"CREATE TABLE client (id int PRIMARY KEY, mail {column} COLLATE utf8mb4_unicode_ci, UNIQUE KEY (mail))",
        f"CREATE TABLE post (id int PRIMARY KEY, sender {other} COLLATE utf8mb4_unicode_ci, "
        "FOREIGN KEY (sender) REFERENCES client (mail))",
        "INSERT INTO client VALUES (1, 'José'), (2, 'b@x.example')",
    )
    for number, sender in enumerate(senders):
        shop.run(f"INSERT INTO post VALUES ({number}, '{sender}')")
    shop.run("INSERT INTO post VALUES (100, NULL)")


def both(kind: str) -> MaskingRules:
    return MaskingRules("key", {"client.mail": kind, "post.sender": kind})


@pytest.mark.parametrize(
    ("kind", "columns", "senders", "rows"),
    [
        ("mail", ("varchar(100)", "varchar(100)"), ("jose", "JOSÉ"), 1),
        ("token", ("varchar(100)", "varchar(100)"), ("JOSÉ", "jose", "José"), 2),
        ("mail", ("varchar(100)", "varchar(20)"), ("José", "b@x.example"), 2),
        ("mail", ("char(100)", "char(20)"), ("José",), 1),
    ],
)
def test_masks_that_would_refer_to_nothing_are_refused_by_the_columns(
    empty_shop: Shop, kind: str, columns: tuple[str, str], senders: tuple[str, ...], rows: int
) -> None:
    tied(empty_shop, *columns, *senders)
    with pytest.raises(PartedMasks, match=rf"post\.sender refers to client\.mail: {rows} rows") as caught:
        empty_shop.sync(masking=both(kind))
    assert "jos" not in str(caught.value).lower()
    assert not any(empty_shop.run(f"SHOW DATABASES LIKE '{schema}'", schema=None) for schema in OWNED)


def test_numbers_with_zeros_in_front_are_joined_too(empty_shop: Shop) -> None:
    """The sync reported success on MySQL, and no row of the copy referred to another one."""
    empty_shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, no bigint(12) unsigned zerofill NOT NULL, UNIQUE KEY (no))",
        "CREATE TABLE post (id int PRIMARY KEY, no bigint unsigned, FOREIGN KEY (no) REFERENCES client (no))",
        "INSERT INTO client VALUES (1, 470123456), (2, 32470123457), (3, 0), (4, 999999999999)",
        "INSERT INTO post VALUES (1, 470123456), (2, 32470123457), (3, NULL), (4, 0), (5, 999999999999)",
    )
    empty_shop.sync(masking=MaskingRules("key", {"client.no": "number", "post.no": "number"}))
    joined = "SELECT post.id, client.id FROM post LEFT JOIN client USING (no) ORDER BY 1"
    assert empty_shop.run(joined, schema=STAGING) == ((1, 1), (2, 2), (3, None), (4, 3), (5, 4))
    assert (470123456,) not in empty_shop.run("SELECT no FROM client", schema=STAGING)


def test_what_refers_is_removed_alone_only_where_it_takes_null(empty_shop: Shop) -> None:
    """The sync reported success, and 0 stood in the place of each number, which no row of the other table has."""
    empty_shop.run(
        "CREATE TABLE staff (id int PRIMARY KEY)",
        "CREATE TABLE task (id int PRIMARY KEY, staff int NOT NULL, FOREIGN KEY (staff) REFERENCES staff (id))",
        "INSERT INTO staff VALUES (7), (8)",
        "INSERT INTO task VALUES (1, 7), (2, 8)",
    )
    masking = MaskingRules("key", {"task.staff": "remove"})
    with pytest.raises(PartedMasks, match=r"task\.staff refers to staff\.id: 2 rows would"):
        empty_shop.sync(masking=masking)
    empty_shop.run("ALTER TABLE task MODIFY staff int")
    empty_shop.sync(masking=masking)
    assert empty_shop.run("SELECT id, staff FROM task ORDER BY 1", schema=STAGING) == ((1, None), (2, None))


def test_a_column_that_refers_to_two_tables_is_looked_at_with_both(empty_shop: Shop) -> None:
    tied(empty_shop, "varchar(100)", "varchar(100)", "b@x.example")
    empty_shop.run(
        "CREATE TABLE address (id int PRIMARY KEY, mail varchar(100) COLLATE utf8mb4_unicode_ci, UNIQUE KEY (mail))",
        "CREATE TABLE zone (id int PRIMARY KEY, mail varchar(100) COLLATE utf8mb4_unicode_ci, UNIQUE KEY (mail))",
        "INSERT INTO address VALUES (1, 'b@x.example')",
        "INSERT INTO zone VALUES (1, 'b@x.example')",
        "ALTER TABLE post ADD CONSTRAINT a FOREIGN KEY (sender) REFERENCES address (mail), "
        "ADD CONSTRAINT z FOREIGN KEY (sender) REFERENCES zone (mail)",
    )
    masked = {"client.mail": "token", "post.sender": "token", "address.mail": "token", "zone.mail": "token"}
    for spared in ("client", "address", "zone"):
        columns = {name: kind for name, kind in masked.items() if name != f"{spared}.mail"}
        with pytest.raises((UnmaskedColumns, PartedMasks), match=rf"post\.sender refers to {spared}\.mail"):
            empty_shop.sync(masking=MaskingRules("key", columns, frozenset({f"{spared}.mail"})))
    empty_shop.sync(masking=MaskingRules("key", masked))
    assert empty_shop.run(_ORPHANS, schema=STAGING) == ((0,),)


def test_letters_as_in_the_other_table_are_the_way_out(empty_shop: Shop) -> None:
    tied(empty_shop, "varchar(100)", "varchar(90)", "jose", "B@x.example")
    with pytest.raises(PartedMasks):
        empty_shop.sync(masking=both("token"))
    empty_shop.run("UPDATE post JOIN client ON sender = mail SET sender = mail")
    for kind in ("token", "mail", "phone"):
        empty_shop.sync(masking=both(kind))
        assert empty_shop.run(_ORPHANS, schema=STAGING) == ((0,),)


def test_a_key_of_several_columns_is_looked_at_as_one(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE region (country varchar(40), code varchar(40), n int, UNIQUE KEY (country, code))",
        "CREATE TABLE town (id int PRIMARY KEY, country varchar(40), code varchar(40), "
        "FOREIGN KEY (country, code) REFERENCES region (country, code))",
        "INSERT INTO region VALUES ('be', 'é', 1), ('fr', 'e', 2)",
        "INSERT INTO town VALUES (1, 'be', 'é'), (2, 'fr', 'e'), (3, 'be', NULL)",
    )
    names = ("region.country", "region.code", "town.country", "town.code")
    masking = MaskingRules("key", dict.fromkeys(names, "token"), frozenset({"region.n"}))
    empty_shop.sync(masking=masking)
    empty_shop.run("INSERT INTO town VALUES (4, 'fr', 'é')")
    with pytest.raises(PartedMasks, match=r"town\.country, town\.code refers to region\.country, region\.code: 1 rows"):
        empty_shop.sync(masking=masking)


def test_a_row_that_is_written_during_the_copy_is_looked_at_too(empty_shop: Shop) -> None:
    tied(empty_shop, "varchar(100)", "varchar(100)", "b@x.example")
    empty_shop.sync(masking=both("token"))
    before = empty_shop.contents(STAGING)
    late = ["INSERT INTO post VALUES (7, 'B@X.example')"]
    with pytest.raises(PartedMasks, match=r"post\.sender refers to client\.mail: 1 rows"):
        sync_and_when(empty_shop, "preparing the new copy", late, both("token"), PRODUCTION)
    assert empty_shop.contents(STAGING) == before
    empty_shop.run("UPDATE post SET sender = 'b@x.example' WHERE id = 7")
    empty_shop.sync(masking=both("token"))
    assert empty_shop.run(_ORPHANS, schema=STAGING) == ((0,),)


def offered(shop: Shop) -> list[Suggestion]:
    with closing(connect(shop.endpoint)) as session:
        return verified_suggestions(session, read_inventory(session, PRODUCTION), MaskingRules("", {}))


def sync_as_offered(shop: Shop) -> dict[str, str]:
    found = {item.column: item.rule for item in offered(shop)}
    columns = {name: rule for name, rule in found.items() if rule != KEEP}
    keep = frozenset(name for name, rule in found.items() if rule == KEEP)
    shop.sync(masking=MaskingRules("key", columns, keep, "hash"))
    return found


def test_columns_that_a_foreign_key_ties_are_offered_the_same_rule(empty_shop: Shop) -> None:
    tied(empty_shop, "varchar(100)", "varchar(100)", "José")
    empty_shop.run(
        "CREATE TABLE nick (name varchar(40) PRIMARY KEY, up varchar(40), FOREIGN KEY (up) REFERENCES nick (name))",
        "CREATE TABLE page (id int PRIMARY KEY, slug varchar(40) UNIQUE, up varchar(40), "
        "FOREIGN KEY (up) REFERENCES page (slug))",
        "CREATE TABLE link (slug varchar(40), n int, PRIMARY KEY (slug, n))",
        "CREATE TABLE target (slug varchar(40) UNIQUE)",
        "ALTER TABLE link ADD FOREIGN KEY (slug) REFERENCES target (slug)",
        "INSERT INTO page VALUES (1, 'a', NULL), (2, 'b', 'a')",
    )
    found = sync_as_offered(empty_shop)
    assert found["client.mail"] == found["post.sender"] == "mail"
    assert found["nick.name"] == found["nick.up"] == KEEP
    assert found["page.slug"] == found["page.up"] == "token"
    assert found["link.slug"] == found["target.slug"] == KEEP
    assert empty_shop.run(_ORPHANS, schema=STAGING) == ((0,),)


def test_every_column_of_a_unique_key_is_offered_masks_that_do_not_repeat(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE member (id int PRIMARY KEY, first_name varchar(40), last_name varchar(40), born date, "
        "slug varchar(190), lang char(2), UNIQUE KEY (first_name, last_name, born), UNIQUE KEY (slug, lang))",
        "INSERT INTO member WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 900) "
        "SELECT n, CONCAT('a', n), CONCAT('b', n MOD 7), '1990-01-01', CONCAT('c', n), 'fr' FROM s",
    )
    found = sync_as_offered(empty_shop)
    assert found["member.first_name"] == found["member.slug"] == "token"


def test_another_mask_is_offered_where_the_first_one_is_refused(empty_shop: Shop) -> None:
    """By a short unique key, the form that a CHECK demands, letters that differ on both sides of a foreign key."""
    tied(empty_shop, "varchar(100)", "varchar(100)", "jose", "B@x.example")
    empty_shop.run(
        "ALTER TABLE post DROP FOREIGN KEY post_ibfk_1",
        "ALTER TABLE client CHANGE mail nick varchar(100)",
        "ALTER TABLE post CHANGE sender nick varchar(100), ADD FOREIGN KEY (nick) REFERENCES client (nick)",
        "UPDATE post SET nick = 'b@X.example' WHERE nick LIKE 'b%'",
        "DELETE FROM post WHERE nick = 'jose'",
        "CREATE TABLE item (id int PRIMARY KEY, code char(2), contact varchar(60), UNIQUE KEY (code), "
        "CONSTRAINT a_mail CHECK (contact IS NULL OR contact LIKE '%@%'))",
        "INSERT INTO item WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 200) "
        "SELECT n, CONV(n + 36, 10, 36), CONCAT('a', n, '@x.example') FROM s",
    )
    found = sync_as_offered(empty_shop)
    assert found["item.code"] == "remove"
    assert found["item.contact"] == "mail"
    assert found["client.nick"] == found["post.nick"] == "mail"


def test_who_has_to_choose_is_told_why(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE item (id int PRIMARY KEY, code char(2) NOT NULL, vat varchar(20) NOT NULL, UNIQUE KEY (code), "
        "CONSTRAINT belgian CHECK (VAT LIKE 'BE%'))",
        "INSERT INTO item WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 200) "
        "SELECT n, CONV(n + 36, 10, 36), CONCAT('BE', n) FROM s",
    )
    found = {item.column: item for item in offered(empty_shop)}
    assert found["item.code"].rule == "token"
    assert "choose: no mask passes here (item.code: 200 different values have" in found["item.code"].note
    assert found["item.vat"].rule == "vat"
    assert "choose: no mask passes here (table item, CHECK belgian" in found["item.vat"].note
