"""With masking on, nothing enters staging that nobody has listed: not by its type, not by its name, not in a document."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from cadrart_infra.cli.masking import as_yaml
from cadrart_infra.mysql.schema import read_inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.settings.database import MaskingSettings
from cadrart_infra.shop_masking import SHOP_COLUMNS, SHOP_KEEP
from cadrart_infra.staging_sync.errors import SyncError, UnmaskedColumns
from cadrart_infra.staging_sync.masking.rules import Rule
from cadrart_infra.staging_sync.masking.suggestions import KEEP, suggestions
from cadrart_infra.staging_sync.masking.verified_suggestions import verified_suggestions
from sandbox.shop import images
from tests.database.cases.masking import MASKS, SECRET, rules, sync_and_when
from tests.database.cases.playing import produce, refusal
from tests.database.harness import OWNED, PRODUCTION, STAGING, Shop


def test_columns_of_every_type_are_refused_at_once_by_name(empty_shop: Shop) -> None:
    text = refusal(empty_shop, "08-columns-of-every-type", UnmaskedColumns, masking=rules({}))
    columns = [row[0] for row in empty_shop.run("SHOW COLUMNS FROM every") if row[0] != "id"]
    assert [name for name in columns if f"every.{name} (" not in text] == []
    assert len(columns) > 39
    assert "cadrart masking" in text
    assert SECRET not in text
    assert not any(empty_shop.run(f"SHOW DATABASES LIKE '{schema}'", schema=None) for schema in OWNED)


def test_columns_that_look_personal_are_refused_whatever_their_type(empty_shop: Shop) -> None:
    text = refusal(empty_shop, "08-personal-columns-of-other-types", UnmaskedColumns, masking=rules({}))
    columns = [row[0] for row in empty_shop.run("SHOW COLUMNS FROM c") if row[0] != "id"]
    assert len(columns) == 9
    assert [name for name in columns if not re.search(rf"c\.{name} \(.*\) looks personal and has no rule", text)] == []


def test_keys_and_members_are_spared_unless_their_name_is_a_person_s(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE person (id int PRIMARY KEY, state enum('a','b'), flags set('x','y'), sexe enum('f','m'))",
        "CREATE TABLE pass (rijksregisternummer bigint PRIMARY KEY, person_id int, note_id int, "
        "FOREIGN KEY (person_id) REFERENCES person (id))",
        "CREATE TABLE word (code varchar(20) PRIMARY KEY, up varchar(20), FOREIGN KEY (up) REFERENCES word (code))",
    )
    with pytest.raises(UnmaskedColumns) as caught:
        empty_shop.sync(masking=rules({}))
    named = re.findall(r"^  (\w+\.\w+) \(", str(caught.value), re.M)
    assert sorted(named) == ["pass.note_id", "pass.rijksregisternummer", "person.sexe", "word.code", "word.up"]


def every_rule(shop: Shop) -> dict[str, Rule]:
    """One that fits, for each column of the input."""
    numbers = {f"a{n}": "number" for n in (*range(15, 27), 36, 50, 51)}
    dates = {f"a{n}": "date" for n in (*range(27, 34), 37)}
    others = {"a14": "remove", "a34": "remove", "a35": "remove", "m1": "remove"}
    if shop.is_mariadb:
        others |= {"m1": "token", "m2": "remove", "m3": "remove", "m4": "token", "m5": "remove"}
    names = [row[0] for row in shop.run("SHOW COLUMNS FROM every") if row[0] != "id"]
    return {f"every.{name}": {**numbers, **dates, **others}.get(name, "mail") for name in names}


def test_every_type_has_a_mask_that_comes_back_as_it_was_written(empty_shop: Shop) -> None:
    produce(empty_shop, "08-columns-of-every-type")
    masking = rules(every_rule(empty_shop))
    for _ in range(2):
        empty_shop.sync(masking=masking)
    first = empty_shop.sync(masking=masking)
    assert (first.mode, first.repaired) == ("incremental", 0)
    before, after = (empty_shop.contents(schema)["every"] for schema in (PRODUCTION, STAGING))
    assert [row[0] for row in after] == [1, 2]
    same = [(place, value) for place, value in enumerate(before[0]) if value == after[0][place]]
    assert same == [(0, 1)]
    assert all(value is None or value != before[1][place] for place, value in enumerate(after[1][1:], 1))
    assert SECRET not in repr(after)


ZERO_FILLED = ("int(8)", "bigint", "decimal(10,2)", "decimal(5,5)", "float", "float(7,3)", "double")


@pytest.mark.parametrize("engine", ["InnoDB", "MyISAM"])
def test_numbers_that_are_shown_with_zeros_in_front_have_masks(empty_shop: Shop, engine: str) -> None:
    columns = [f"n{place} {kind} zerofill, r{place} {kind} zerofill NOT NULL" for place, kind in enumerate(ZERO_FILLED)]
    names = [f"{letter}{place}" for place in range(len(ZERO_FILLED)) for letter in "nr"]
    empty_shop.run(
        f"CREATE TABLE c (id int PRIMARY KEY, {', '.join(columns)}) ENGINE={engine}",
        f"INSERT INTO c VALUES (1, {', '.join('0.5' for _ in names)}), (2, {', '.join('0' for _ in names)})",
    )
    masking = rules({f"c.{name}": "remove" if name[0] == "r" else "number" for name in names})
    for _ in range(3):
        result = empty_shop.sync(masking=masking)
    assert result.repaired == 0
    empty_shop.run("UPDATE c SET n0 = 77, n2 = 77 WHERE id = 1", schema=f"{STAGING}_prev")
    empty_shop.sync(masking=masking)
    rows = empty_shop.contents(STAGING)["c"]
    assert [row[0] for row in rows] == [1, 2]
    assert not any(row[2::2] != (0,) * len(ZERO_FILLED) for row in rows)
    assert 77 not in rows[0]


def test_each_of_many_uuids_has_a_mask(empty_shop: Shop) -> None:
    """MariaDB takes no address with any digits whatever."""
    if not empty_shop.is_mariadb:
        pytest.skip("a type of MariaDB")
    empty_shop.run(
        "CREATE TABLE c (id int AUTO_INCREMENT PRIMARY KEY, token uuid NOT NULL DEFAULT UUID(), UNIQUE (token))"
    )
    empty_shop.run("INSERT INTO c (id) VALUES " + ", ".join(["(NULL)"] * 200))
    empty_shop.sync(masking=rules({"c.token": "token"}))
    assert empty_shop.run("SELECT COUNT(DISTINCT token) FROM c", schema=STAGING) == ((200,),)


def test_masks_that_no_partition_takes_are_reported_by_their_rule(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE person (born date, note varchar(20)) PARTITION BY RANGE (YEAR(born)) "
        "(PARTITION before_the_war VALUES LESS THAN (1940))",
        "INSERT INTO person VALUES ('1930-05-06', 'x')",
    )
    with pytest.raises(
        UnmaskedColumns, match=r"masks into table person: .*partition.* for person\.born, person\.note\."
    ):
        empty_shop.sync(masking=rules({"person.born": "date", "person.note": "text"}))
    assert empty_shop.tables(STAGING) == []


def test_no_rule_is_suggested_whose_masks_no_partition_takes(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE branch (region varchar(10), mail varchar(60)) PARTITION BY LIST COLUMNS (region) "
        "(PARTITION west VALUES IN ('be', 'n''l'), PARTITION east VALUES IN ('pl', 'cz'))",
        "CREATE TABLE maybe (region varchar(10)) PARTITION BY LIST COLUMNS (region) (PARTITION w VALUES IN ('be', NULL))",
        "CREATE TABLE two (a int, b varchar(9)) PARTITION BY LIST COLUMNS (a, b) (PARTITION w VALUES IN ((1, 'be')))",
        "CREATE TABLE year (birthdate date) PARTITION BY LIST (YEAR(BirthDate)) (PARTITION w VALUES IN (2024))",
        "CREATE TABLE age (birthdate date) PARTITION BY RANGE (YEAR(birthdate)) (PARTITION w VALUES LESS THAN (1940))",
        "CREATE TABLE open (birthdate date) PARTITION BY RANGE (YEAR(birthdate)) (PARTITION w VALUES LESS THAN MAXVALUE)",
        "INSERT INTO branch VALUES ('be', 'Secretperson')",
        "INSERT INTO maybe VALUES ('be')",
        "INSERT INTO two VALUES (1, 'be')",
        "INSERT INTO year VALUES ('2024-05-06')",
        "INSERT INTO age VALUES ('1930-05-06')",
        "INSERT INTO open VALUES ('1930-05-06')",
    )
    with closing(Session(empty_shop.endpoint)) as session:
        found = verified_suggestions(session, read_inventory(session, PRODUCTION), rules({}))
    unfit = {item.column: item.note for item in found if "no mask passes here" in item.note}
    assert sorted(unfit) == ["branch.region", "two.b", "year.birthdate"]
    assert "partitions by LIST COLUMNS (`region`)" in unfit["branch.region"]
    fit = {item.column: item.rule for item in found if item.column not in unfit and item.rule != KEEP}
    assert fit == {"branch.mail": "mail", "maybe.region": "remove", "age.birthdate": "remove", "open.birthdate": "date"}
    keep = [item.column for item in found if item.rule == KEEP]
    empty_shop.sync(masking=rules(fit, *keep, *unfit))


def test_a_copy_of_every_type_is_repaired_row_by_row_too(empty_shop: Shop) -> None:
    produce(empty_shop, "08-columns-of-every-type")
    masking = rules(every_rule(empty_shop))
    for _ in range(2):
        empty_shop.sync(masking=masking)
    whole = empty_shop.contents(STAGING)["every"]
    for schema in (STAGING, f"{STAGING}_prev"):
        empty_shop.run("UPDATE every SET a02 = 'x', a18 = 5, a28 = NULL, a14 = '{}' WHERE id = 1", schema=schema)
    assert empty_shop.sync(masking=masking).repaired == 1
    assert empty_shop.contents(STAGING)["every"] == whole


@pytest.mark.parametrize(
    ("column", "rule", "reported"),
    [
        ("a19", "phone", "the rule for every.a19 is phone, and the column (bigint"),
        ("a14", "mail", "name paths with a kind for each"),
        ("a28", {"$.a": "mail"}, "holds no JSON documents"),
        ("a04", {"people.mail": "mail"}, "the path 'people.mail' does not begin with $"),
        ("a04", {"$.people[0].mail": "mail"}, "[*] for every element"),
        ("a34", "text", "holds values of a type of its own: use remove"),
    ],
)
def test_a_rule_that_makes_nothing_the_column_can_hold_is_refused(
    empty_shop: Shop, column: str, rule: Rule, reported: str
) -> None:
    produce(empty_shop, "08-columns-of-every-type")
    with pytest.raises(UnmaskedColumns) as caught:
        empty_shop.sync(masking=rules({**every_rule(empty_shop), f"every.{column}": rule}))
    assert reported in str(caught.value)
    assert not empty_shop.run(f"SHOW DATABASES LIKE '{STAGING}'")


def test_both_sides_of_a_foreign_key_are_masked_alike(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE client (id int PRIMARY KEY, mail varchar(100), UNIQUE KEY (mail))",
        "CREATE TABLE post (id int PRIMARY KEY, sender varchar(100), FOREIGN KEY (sender) REFERENCES client (mail))",
        "INSERT INTO client VALUES (1, 'a@x.example')",
        "INSERT INTO post VALUES (1, 'a@x.example')",
    )
    with pytest.raises(UnmaskedColumns, match=r"post\.sender refers to client\.mail, so both need the same rule"):
        empty_shop.sync(masking=rules({"client.mail": "mail"}, "post.sender"))
    empty_shop.sync(masking=rules({"client.mail": "mail", "post.sender": "mail"}))
    assert empty_shop.run("SELECT COUNT(*) FROM client JOIN post ON sender = mail", schema=STAGING) == ((1,),)


@pytest.mark.parametrize(
    "name",
    [
        "08-columns-of-every-type",
        "08-personal-columns-of-other-types",
        "07-documents-of-every-shape",
        "08-two-languages",
    ],
)
def test_what_the_command_prints_covers_everything(empty_shop: Shop, name: str) -> None:
    """Pasted into a stack's settings as it is."""
    produce(empty_shop, name)
    session = Session(empty_shop.endpoint)
    inventory = read_inventory(session, PRODUCTION)
    found = suggestions(session, inventory, rules({}))
    pasted = yaml.safe_load(as_yaml(found, MaskingSettings()))["config"]["cadrart-infra:sync"]["masking"]
    settings = MaskingSettings.model_validate(pasted)
    masking = rules(dict(settings.columns), *settings.keep)
    assert suggestions(session, inventory, masking) == []
    session.close()
    empty_shop.sync(masking=masking)
    assert SECRET not in repr(empty_shop.contents(STAGING))
    if name == "08-two-languages":
        assert {item.column: item.rule for item in found} == TWO_LANGUAGES


def test_the_ready_set_covers_the_shop_s_own_tables(empty_shop: Shop) -> None:
    """But for a column of free text that not every installation of the shop has."""
    for path in sorted((Path(images.__file__).parents[1] / "images/shop/internal/migrate/sql").glob("*.sql")):
        text = re.sub(r"--.*", "", path.read_text())
        empty_shop.run(*(statement for statement in text.split(";") if statement.strip()))
    empty_shop.run("CREATE TABLE migrations (id int AUTO_INCREMENT PRIMARY KEY, timestamp bigint, name varchar(255))")
    session = Session(empty_shop.endpoint)
    found = suggestions(session, read_inventory(session, PRODUCTION), rules(SHOP_COLUMNS, *SHOP_KEEP))
    session.close()
    assert [(item.column, item.rule) for item in found] == [("stock.comment", "text")]
    empty_shop.sync(masking=rules({**SHOP_COLUMNS, "stock.comment": "text"}, *SHOP_KEEP))


TWO_LANGUAGES = {
    "membre.prénom": "first_name",
    "membre.nomDeFamille": "last_name",
    "membre.dateNaissance": "date",
    "membre.telefoon": "phone",
    "membre.wachtwoord": "password",
    "membre.straat": "address",
    "membre.huisnummer": "number",
    "membre.btwNummer": "vat",
    "membre.geslacht": "remove",
    "membre.opmerking": "text",
    "membre.poids": "keep",
    "membre.code": "token",
    "membre.ouderId": "keep",
    "membre.klantId": "keep",
}


def test_a_mask_that_breaks_a_check_of_what_is_computed_from_it(empty_shop: Shop) -> None:
    if not empty_shop.is_mariadb:
        pytest.skip("MySQL looks at each CHECK by itself")
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, mail varchar(50), folded varchar(60) AS (LOWER(mail)) STORED, "
        "length int AS (CHAR_LENGTH(folded)) VIRTUAL, CONSTRAINT own CHECK (folded LIKE '%@shop.be' OR id < 0), "
        "CONSTRAINT short CHECK (length < 20))",
        "INSERT INTO c (id, mail) VALUES (1, 'A@shop.be')",
    )
    masking = rules({"c.mail": "mail"})
    with pytest.raises(UnmaskedColumns, match=r"CHECK own: .*\(c\.folded computed from masks\)\n.*CHECK short: "):
        empty_shop.sync(masking=masking)
    empty_shop.run("ALTER TABLE c DROP CONSTRAINT own, DROP CONSTRAINT short")
    empty_shop.sync(masking=masking)


def test_a_mask_that_breaks_a_check_is_named_with_it(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, phone varchar(30), mail varchar(50), CONSTRAINT local "
        "CHECK (phone LIKE '02%'), CONSTRAINT has_a_sign CHECK (mail LIKE '%@%'))",
        "INSERT INTO c VALUES (1, '02 555', 'anna@x.example'), (2, NULL, NULL)",
    )
    masks = {"c.phone": "first_name", "c.mail": "mail"}
    with pytest.raises(UnmaskedColumns, match=r"table c[^\n]*local[^\n]*c\.phone"):
        empty_shop.sync(masking=rules(masks))
    assert empty_shop.tables(STAGING) == []
    if empty_shop.is_mariadb:  # a row of older days breaks it without a mask
        empty_shop.run("SET SESSION check_constraint_checks = OFF", "UPDATE c SET phone = '03' WHERE id = 1")
    else:
        empty_shop.run("ALTER TABLE c DROP CHECK local")
    empty_shop.sync(masking=rules(masks))


def test_the_finished_copy_is_looked_at_once_more_before_it_is_swapped_in(empty_shop: Shop) -> None:
    empty_shop.run("CREATE TABLE c (id int PRIMARY KEY, doc json)", 'INSERT INTO c VALUES (1, \'{"mail": "a"}\')')
    masking = rules({"c.doc": {"$.mail": "mail"}})
    empty_shop.sync(masking=masking)
    before = empty_shop.contents(STAGING)
    plain = ['INSERT INTO c VALUES (2, \'{"who": "Secretperson"}\')']
    with pytest.raises(UnmaskedColumns, match="does not cover the finished copy, which was removed") as caught:
        sync_and_when(empty_shop, "looking once more", plain, masking, f"{STAGING}_next")
    assert "c.doc holds the key 'who' that no rule names" in str(caught.value)
    assert empty_shop.contents(STAGING) == before
    assert empty_shop.leftovers() == []
    empty_shop.sync(masking=masking)
    assert empty_shop.contents(STAGING) == before


def test_a_key_to_a_table_that_is_gone_is_spared_in_the_copy_too(empty_shop: Shop) -> None:
    produce(empty_shop, "14-foreign-key-to-a-missing-table")
    for _ in range(2):
        empty_shop.sync(masking=rules({}))
        assert empty_shop.contents(STAGING) == empty_shop.contents(PRODUCTION)


@pytest.mark.parametrize("name", ["mail", "prénom", "l'adresse", "a\\b"])
def test_views_and_generated_columns_show_masks_alone(empty_shop: Shop, name: str) -> None:
    """Also where MySQL's information_schema spells the column otherwise within an expression."""
    empty_shop.run(
        f"CREATE TABLE c (id int PRIMARY KEY, `{name}` varchar(100), shown varchar(100) AS (UPPER(`{name}`)), "
        f"kept varchar(100) AS (CONCAT(`{name}`, '!')) STORED, length int AS (CHAR_LENGTH(kept)) STORED)",
        f"INSERT INTO c (id, `{name}`) VALUES (1, 'Secretperson@x.example')",
        f"CREATE VIEW v AS SELECT id, `{name}`, shown, kept, length FROM c",
    )
    empty_shop.sync(masking=rules({f"c.{name}": "mail"}))
    ((_, mail, shown, kept, length),) = empty_shop.run("SELECT * FROM v", schema=STAGING)
    assert MASKS["mail"](mail)
    assert (shown, kept, length) == (mail.upper(), f"{mail}!", len(kept))


def test_tokens_keep_a_unique_key_whatever_it_distinguishes(empty_shop: Shop) -> None:
    empty_shop.run(
        "CREATE TABLE c (id int PRIMARY KEY, code varchar(40) COLLATE utf8mb4_bin NOT NULL, UNIQUE KEY (code))",
        "INSERT INTO c VALUES (1, 'Anna'), (2, 'anna'), (3, ' anna'), (4, 'ànna')",
    )
    for _ in range(2):
        empty_shop.sync(masking=rules({"c.code": "token"}))
    tokens = {row[0] for row in empty_shop.run("SELECT code FROM c", schema=STAGING)}
    assert len(tokens) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", code) for code in tokens)


def test_what_two_columns_are_called_spares_neither(empty_shop: Shop) -> None:
    """A table with a dot in its name and a column with one; a column with the name of another one's path."""
    empty_shop.run(
        "CREATE TABLE `a.b` (id int PRIMARY KEY, c varchar(40))",
        "CREATE TABLE a (id int PRIMARY KEY, `b.c` varchar(40))",
        "CREATE TABLE d (id int PRIMARY KEY, x json, `x$.y` varchar(40))",
    )
    with pytest.raises(UnmaskedColumns) as caught:
        empty_shop.sync(masking=rules({}, "a.b.c", "d.x$.y"))
    assert "a.b.c is the name of a column and of another one" in str(caught.value)
    assert "d.x$.y is the name of a column and of a path of d.x" in str(caught.value)
    empty_shop.run("ALTER TABLE a DROP COLUMN `b.c`", "ALTER TABLE d DROP COLUMN x")
    empty_shop.run("INSERT INTO `a.b` VALUES (1, 'secretperson')")
    with pytest.raises(UnmaskedColumns, match=r"the rule for a\.b\.c is date, and the column"):
        empty_shop.sync(masking=rules({"a.b.c": "date"}, "d.x$.y"))
    empty_shop.sync(masking=rules({"a.b.c": "text"}, "d.x$.y"))
    assert SECRET not in repr(empty_shop.contents(STAGING))


COMPUTED_FROM_MASKS = {
    "a document": ("w text, n int AS (JSON_EXTRACT(w, '$.n')) STORED", "text", """(1, '{"n": 5}')""", "mysql"),
    "a shape": ("w text, n geometry AS (ST_GeomFromText(w)) STORED", "text", "(1, 'POINT(1 1)')", "mysql"),
    "too large": ("w bigint, n bigint AS (w * w) STORED", "number", "(1, 5)", ""),
    "the same twice": (
        "w varchar(40), n char(2) AS (RIGHT(w, 2)) STORED UNIQUE",
        "mail",
        "(1, 'a@x.be'), (2, 'b@x.nl')",
        "",
    ),
}


@pytest.mark.parametrize("kind", COMPUTED_FROM_MASKS)
def test_what_cannot_be_computed_from_masks_is_reported_by_their_rule(empty_shop: Shop, kind: str) -> None:
    columns, rule, values, only = COMPUTED_FROM_MASKS[kind]
    if only not in ("", empty_shop.server.kind.name):
        pytest.skip(f"not about {empty_shop.server.kind.name}")
    empty_shop.run(f"CREATE TABLE c (id int PRIMARY KEY, {columns})", f"INSERT INTO c (id, w) VALUES {values}")
    with pytest.raises(SyncError, match=r"(rules for|computed from) c\.w") as caught:
        empty_shop.sync(masking=rules({"c.w": rule}))
    assert "list " in str(caught.value)
    assert "under sync.masking.keep" in str(caught.value)
    assert empty_shop.tables(STAGING) == []
