"""What the database server is reckoned to need, and what is said where its limit is less."""

import pytest

from cadrart_infra.preflight import preflight
from cadrart_infra.server_memory import MARIADB, MYSQL, MYSQL_BEFORE_8_4, Product, parts, product, shortage
from tests.unit.program import settings

MIB = 1 << 20
MEASURED = [(MYSQL, 649), (MARIADB, 288)]
"""MiB that each had in use during a sync, its pool full, with 26 connections."""


@pytest.mark.parametrize(("server", "measured"), MEASURED)
def test_the_reckoning_is_within_a_tenth_of_what_was_measured(server: Product, measured: int) -> None:
    reckoned = sum(parts(server, {"max_connections": "26"}).values()) / MIB
    assert measured * 0.9 < reckoned < measured * 1.1


def test_each_setting_counts() -> None:
    def total(**variables: str) -> int:
        return sum(parts(MYSQL, variables).values())

    assert total(innodb_buffer_pool_size="256M") - total() > 128 * MIB
    assert total(max_connections="251") - total() == 100 * MYSQL.connection
    assert total() - total(performance_schema="OFF") == MYSQL.schema
    assert total(performance_schema="ON") == total()
    assert total() - total(innodb_log_buffer_size="16M") == 48 * MIB


def test_the_product_and_series_of_an_image_decide() -> None:
    assert product((10, 11), is_mariadb=True) is MARIADB
    assert product((8, 0), is_mariadb=False) is MYSQL_BEFORE_8_4
    assert product((9, 7), is_mariadb=False) is product(None, is_mariadb=False) is MYSQL


def test_a_limit_that_is_enough_is_not_spoken_of() -> None:
    enough = sum(parts(MYSQL, {}).values())
    assert shortage(MYSQL, enough, {}) == ""
    assert shortage(MYSQL, enough - 1, {}) != ""


def warned(**database: object) -> list[str]:
    found: list[str] = []
    preflight.check_memory(settings(database=database), found.append)
    return found


def test_the_live_limit_is_warned_of_with_the_key_what_needs_it_and_what_to_set() -> None:
    (text,) = warned(image="mysql:9.7")
    assert "database.memoryLimit is 512Mi" in text
    assert "can come to need 736 MiB" in text
    assert "135 MiB for innodb_buffer_pool_size (128 MiB), 106 MiB for max_connections (151)" in text
    assert "240 MiB for performance_schema, 64 MiB for innodb_log_buffer_size" in text
    assert "pulumi config set --path database.memoryLimit 768Mi" in text


def test_what_the_text_advises_is_enough() -> None:
    assert warned(image="mysql:9.7", memoryLimit="768Mi") == []
    assert warned(image="mysql:8.0", memoryLimit="768Mi") == []
    assert warned(image="mysql:9.7", settings={"performance_schema": "OFF"}) == []
    assert warned(image="mariadb:10.11") == []
