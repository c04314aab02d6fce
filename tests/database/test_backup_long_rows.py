"""Rows about as long as what the server takes at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cadrart_infra.backup.making import LOAD, READ
from tests.database.backups import PLACES, Claim, backed_up, restored_beside


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("longblob", "REPEAT(x'00', {all})"),
        ("longtext", "REPEAT('\\\\''', {half})"),
        ("json", "CONCAT('[\"', REPEAT('é', {less}), '\"]')"),
    ],
    ids=["bytes", "text", "JSON"],
)
def test_a_row_as_long_as_a_packet_may_be(claim: Claim, short_packets: int, column: str, value: str) -> None:
    shop, packet = claim.shop, short_packets
    shop.run(
        f"CREATE TABLE doc (id int PRIMARY KEY, a {column}, b longtext, c varchar(20))",
        f"INSERT INTO doc VALUES (1, {value.format(all=packet, half=packet // 2, less=packet // 2 - 10)}, "
        "REPEAT('y', 1000000), 'x'), (2, NULL, '', NULL), (3, NULL, REPEAT('\n', 600000), ''), (4, '[]', 'z', 'y')",
    )
    asked = "SELECT id, LENGTH(a), SHA2(a, 256), LENGTH(b), SHA2(b, 256), c FROM doc ORDER BY id"
    answer = shop.run(asked)
    assert answer[0][1] > packet * 0.9

    restored_beside(claim, backed_up(claim))

    assert shop.run(asked, schema=PLACES.restored) == answer


@pytest.mark.parametrize("verify", [READ, LOAD])
@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("a longtext, b longblob", "REPEAT('x', 3000000), ''"),
        ("a longtext, b json", "'', CONCAT('\"', REPEAT('x', 1048600), '\"')"),
        (", ".join(f"a{number} text" for number in range(20)), ", ".join(["REPEAT('x', 60000)"] * 20)),
    ],
    ids=["a long value", "a value a little longer", "a long row"],
)
def test_a_row_that_is_longer_than_a_packet_is_reported_and_no_backup_made(
    claim: Claim, columns: str, values: str, verify: str
) -> None:
    """The limit was lowered since it was written: the server answers NULL in its place, or a part of it."""
    claim.shop.run(
        f"CREATE TABLE doc (id int PRIMARY KEY, {columns})",
        f"INSERT INTO doc VALUES (1, {values})",
        "CREATE TABLE small (id int PRIMARY KEY, a longtext)",
        "INSERT INTO small VALUES (1, 'x'), (2, NULL), (3, '')",
    )
    with claim.shop.setting("max_allowed_packet", 1 << 20):
        done = claim.dump(verify=verify)
    assert done.returncode == 19, done.stdout
    assert "tables with such rows: doc\n" in done.stdout
    assert claim.list() == []


@pytest.fixture
def short_packets(claim: Claim) -> Iterator[int]:
    """A limit that is shorter than by default: what counts is how long a row is beside it."""
    with claim.shop.setting("max_allowed_packet", 8 << 20):
        yield 8 << 20
