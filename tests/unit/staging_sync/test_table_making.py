"""Production's tables as they are made again."""

from __future__ import annotations

from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.table_making import as_copied

SCHEMAS = Schemas("shop", "stage")
# Servers show a text's line breaks as \\n.
CHILD = r"""CREATE TABLE `child` (
  `id` int NOT NULL,
  `comment` text COMMENT '\n  CONSTRAINT `no` FOREIGN KEY (`id`) REFERENCES `gone` (`id`)',
  CONSTRAINT `a``b` FOREIGN KEY (`id`, `odd)``name`) REFERENCES `Parent` (`id`, `x`) ON DELETE CASCADE,
  CONSTRAINT `c` FOREIGN KEY (`id`) REFERENCES `go``ne` (`id`)
) ENGINE=InnoDB"""


def tables(*names: str, folds_case: bool = False) -> dict[str, Table]:
    column = Column("id", "int", "int", None, None, False)
    found = {
        name: Table(name, CHILD if name == "child" else "CREATE TABLE …", (column,), ("id",), "PRIMARY", 0, 0)
        for name in names
    }
    return as_copied(Inventory("shop", "utf8mb4", "utf8mb4_bin", found, (), {}, folds_case), SCHEMAS)


def references(table: Table) -> list[str]:
    lines = [line for line in table.statement.splitlines() if line.startswith("  CONSTRAINT")]
    return [line.partition(" REFERENCES ")[2].rstrip(",") for line in lines]


def test_a_foreign_key_to_what_production_lacks_names_staging_s_schema() -> None:
    assert references(tables("child", "Parent")["child"]) == [
        "`Parent` (`id`, `x`) ON DELETE CASCADE",
        "`stage`.`go``ne` (`id`)",
    ]


def test_one_to_a_table_that_is_there_stays_as_it_is() -> None:
    assert tables("child", "Parent", "go`ne")["child"].statement == CHILD


def test_another_spelling_is_the_same_table_where_the_server_folds_case() -> None:
    assert references(tables("child", "parent", "go`ne", folds_case=True)["child"])[0].startswith("`Parent` (")
    assert references(tables("child", "parent", "go`ne")["child"])[0].startswith("`stage`.`Parent` (")


def test_partitions_that_come_by_themselves_are_no_change_of_a_table() -> None:
    """MariaDB adds one for each interval in which a row of a table with history is written."""
    shapes = [
        "CREATE TABLE `t` (\n  `id` int(11)\n) ENGINE=InnoDB WITH SYSTEM VERSIONING\n "
        f"PARTITION BY SYSTEM_TIME INTERVAL 1 {unit} STARTS TIMESTAMP'2026-01-01 00:00:00' {kind}PARTITIONS {count}"
        for unit, kind, count in (("HOUR", "AUTO\n", 2), ("HOUR", "AUTO\n", 7), ("DAY", "AUTO\n", 2), ("HOUR", "\n", 2))
    ]
    definitions = [Table("t", shape, (), (), "", 0, 0).definition for shape in shapes]
    assert definitions[0] == definitions[1]
    assert len(set(definitions)) == 3
