"""Foreign keys as SHOW CREATE TABLE writes them."""

from __future__ import annotations

from cadrart_infra.mysql.foreign_keys import foreign_keys_of


def test_those_within_the_database_are_found_in_a_definition() -> None:
    line = "CONSTRAINT `a``b` FOREIGN KEY (`id`, `x`) REFERENCES `van``ished` (`id`, `y`) ON DELETE CASCADE"
    elsewhere = "CONSTRAINT `k` FOREIGN KEY (`g`) REFERENCES `other`.`v` (`id`)"
    statement = f"CREATE TABLE `c` (\n  `id` int,\n  {line},\n  {elsewhere}\n) ENGINE=InnoDB"
    assert foreign_keys_of(statement) == [(line, "a`b", "van`ished")]
