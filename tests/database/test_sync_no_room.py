"""A server whose disk is full."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cadrart_infra.staging_sync.errors import NoRoom
from sandbox.local_servers import KINDS, running_server
from tests.database.harness import PRODUCTION, STAGING, Shop

# All tables in one file that may not grow: the error is the one that a full disk gives.
_SMALL = {"innodb-file-per-table": "OFF", "innodb-data-file-path": "ibdata1:12M:autoextend:max:64M"}


@pytest.fixture(params=sorted(KINDS))
def full_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Production takes more than half of the room there is; staging has a small old copy."""
    with running_server(KINDS[request.param], _SMALL) as server:
        shop = Shop(server)
        shop.reset()
        shop.run(
            "CREATE TABLE big (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, filler varchar(4000)) ENGINE=InnoDB",
            "INSERT INTO big (filler) VALUES (REPEAT('x', 4000))",
            *["INSERT INTO big (filler) SELECT filler FROM big"] * 13,
            f"CREATE DATABASE `{STAGING}`",
            f"CREATE TABLE `{STAGING}`.old (id int PRIMARY KEY) ENGINE=InnoDB",
        )
        yield shop


def test_no_room(full_shop: Shop) -> None:
    with pytest.raises(NoRoom, match="no room left") as caught:
        full_shop.sync()

    assert "Enlarge the volume and run again" in str(caught.value)
    assert full_shop.tables(STAGING) == ["old"]
    assert full_shop.leftovers() == []
    full_shop.run("DELETE FROM big WHERE id % 16 <> 0")

    full_shop.sync()

    assert full_shop.contents(STAGING) == full_shop.contents(PRODUCTION)
