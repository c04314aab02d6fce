"""What a sync cannot copy is named, object by object; nothing has been written then."""

from __future__ import annotations

import pytest

from cadrart_infra.staging_sync import errors
from tests.database.harness import (
    PRODUCTION,
    STAGING,
    Shop,
)
from tests.database.refusals import ACCOUNT, refusal


def unsupported(shop: Shop, *statements: str) -> str:
    shop.run(*statements)
    text = refusal(shop, errors.UnsupportedObjects)
    assert not [schema for (schema,) in shop.run("SHOW DATABASES") if schema == f"{STAGING}_next"]
    return text


def test_views_that_read_each_other(small_shop: Shop) -> None:
    text = unsupported(
        small_shop,
        "CREATE VIEW names AS SELECT v FROM client",
        "CREATE VIEW again AS SELECT v FROM names",
        "RENAME TABLE client TO former, again TO client",
    )
    assert "contains view recursion)\n" in text
    assert "EXECUTE" not in text


def test_bound_tables_of_mariadb(small_shop: Shop) -> None:
    if not small_shop.is_mariadb:
        pytest.skip("MySQL has neither")
    text = unsupported(
        small_shop,
        "CREATE SEQUENCE numbers",
        "CREATE TABLE numbered (id int PRIMARY KEY DEFAULT (NEXTVAL(numbers)))",
        "CREATE DATABASE third",
        "CREATE SEQUENCE third.numbers",
        "CREATE TABLE `nextval(``a``.``b``)` (id int PRIMARY KEY DEFAULT NEXTVAL(third.numbers), v int COMMENT '`x`.`y`')",
        f"GRANT SELECT, INSERT ON third.* TO {ACCOUNT}",
        "CREATE TABLE versions (id int PRIMARY KEY, a bigint unsigned GENERATED ALWAYS AS ROW START, b bigint unsigned "
        "GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (a, b)) WITH SYSTEM VERSIONING",
    )

    assert "table numbered (a default is a number of a sequence" in text
    assert "table nextval(`a`.`b`) (a default is a number of database third's sequence)" in text
    assert "table versions (its history goes by transactions" in text
    assert "sequence numbers" not in text


def test_foreign_keys_across_databases(small_shop: Shop) -> None:
    text = unsupported(
        small_shop,
        "CREATE DATABASE third",
        "CREATE TABLE third.parent (id int PRIMARY KEY) ENGINE=InnoDB",
        "CREATE TABLE child (id int PRIMARY KEY, CONSTRAINT outwards FOREIGN KEY (id) REFERENCES third.parent (id))",
        f"CREATE TABLE third.watcher (id int, CONSTRAINT inwards FOREIGN KEY (id) REFERENCES `{STAGING}`.client (id))",
        f"GRANT SELECT ON third.* TO {ACCOUNT}",
    )

    assert f"foreign key outwards from {PRODUCTION}.child to third.parent" in text
    assert f"foreign key inwards from third.watcher to {STAGING}.client" in text


def test_a_table_of_computed_columns_alone(small_shop: Shop) -> None:
    text = unsupported(small_shop, "CREATE TABLE computed (five int GENERATED ALWAYS AS (5) VIRTUAL)")

    assert "table computed (all of its columns are computed" in text


def test_a_table_whose_files_lie_elsewhere(small_shop: Shop) -> None:
    if not small_shop.is_mariadb:
        pytest.skip("MySQL takes such a table only where its own settings name the folder")
    elsewhere = (
        "CREATE TABLE far (id int PRIMARY KEY) COMMENT='DATA DIRECTORY' DATA DIRECTORY='/mnt/tmp'",
        "CREATE TABLE part (id int PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p DATA DIRECTORY='/mnt/tmp')",
        "CREATE TABLE near (`DATA` int PRIMARY KEY, `DIRECTORY` int) COMMENT='DATA DIRECTORY'",
    )
    text = unsupported(small_shop, *elsewhere)
    small_shop.run("DROP TABLE far, part, near")

    assert "table far (files of it lie in a folder of their own" in text
    assert "table part (files" in text
    assert "near" not in text


def test_objects_that_leave_the_database(small_shop: Shop) -> None:
    text = unsupported(
        small_shop,
        "CREATE DATABASE third",
        "CREATE TABLE third.t (id int)",
        f"GRANT SELECT ON third.* TO {ACCOUNT}",
        "CREATE VIEW outside AS SELECT * FROM third.t",
        "CREATE PROCEDURE builder() BEGIN SET @s = 'DELETE FROM `atelier-cadrart`.client'; "
        "PREPARE s FROM @s; EXECUTE s; END",
    )

    assert "view outside (reads database third)" in text
    assert "procedure builder (a text in it names atelier-cadrart" in text


@pytest.mark.usefixtures("binary_log")
def test_triggers_that_the_server_would_not_let_the_account_create(small_shop: Shop) -> None:
    with small_shop.setting("log_bin_trust_function_creators", 0):
        text = unsupported(small_shop, "CREATE TRIGGER t BEFORE INSERT ON client FOR EACH ROW SET NEW.v = 'x'")

    assert "trigger t (with the binary log on, set log_bin_trust_function_creators=1" in text
