"""What is sent to make a backup; what comes back from one is shown on real servers (tests/database)."""

from __future__ import annotations

import re

import pytest

from cadrart_infra.backup.contents import Contents
from cadrart_infra.backup.dump_statements import dump_statements
from cadrart_infra.mysql.table_definitions import Column, Table


def table(name: str, *columns: Column, versioned: bool = False) -> Table:
    return Table(name, f"CREATE TABLE `{name}` (…)", columns, (), "", 1, 16384, versioned=versioned)


def statements(*tables: Table, mariadb: bool = False) -> list[str]:
    contents = Contents("shop", "utf8mb4", "utf8mb4_bin", tables, {}, ())
    return list(dump_statements(contents, 64 << 20, mariadb=mariadb))


def column(name: str, data_type: str, *, expression: str = "") -> Column:
    return Column(name, data_type, data_type, None, None, bool(expression), False, expression)


ID = column("id", "int")


@pytest.mark.parametrize("mariadb", [False, True])
def test_all_rows_are_read_in_one_snapshot_that_writes_and_locks_nothing(mariadb: bool) -> None:
    sent = statements(table("a", ID), table("b", ID), mariadb=mariadb)
    snapshot = sent.index("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    reading = [number for number, statement in enumerate(sent) if "FROM `shop`." in statement]
    assert len(reading) == 4  # the rows and their digest, of each table
    assert snapshot < min(reading)
    assert all(re.match(r"SELECT |SET |START TRANSACTION |SAVEPOINT |ROLLBACK TO SAVEPOINT ", text) for text in sent)
    assert not [text for text in sent if "FOR UPDATE" in text or "INTO " in text.replace("INTO `", "")]
    assert not [text for text in sent[snapshot + 1 :] if text.startswith(("START", "COMMIT"))]


def test_history_is_read_with_its_period_and_computed_columns_are_not_written() -> None:
    computed, start = column("v", "int", expression="`id` + 1"), column("a", "timestamp", expression="ROW START")
    (rows,) = [text for text in statements(table("price", ID, computed, start, versioned=True)) if "@row :=" in text]
    assert "FROM `shop`.`price` FOR SYSTEM_TIME ALL t" in rows
    assert "t.`a`" in rows
    assert "t.`v`" not in rows


def test_only_a_table_with_long_columns_has_rows_in_pieces() -> None:
    rows = [text for text in statements(table("a", ID), table("b", ID, column("x", "longblob"))) if "@row :=" in text]
    assert ["@long0" in text for text in rows] == [False, True]
