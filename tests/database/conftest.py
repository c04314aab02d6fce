"""Real servers for the tests of this folder, started once for a whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.local_servers import KINDS, LocalServer, start_server
from sandbox.shop import sample_data
from tests.database.harness import PRODUCTION, Shop

# Tests kill servers, not machines: what the operating system has been given is safe.
_QUICK = {"innodb-flush-log-at-trx-commit": "2", "sync-binlog": "0"}


@pytest.fixture(scope="session", params=sorted(KINDS))
def server(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    """A server of each kind; binary log on for MySQL, as its defaults are."""
    kind = KINDS[request.param]
    settings = dict(_QUICK) if kind.name == "mariadb" else {**_QUICK, "log-bin-trust-function-creators": "ON"}
    running = start_server(kind, settings)
    yield running
    running.remove()


@pytest.fixture
def empty_shop(server: LocalServer) -> Shop:
    """A server with an empty production database; one that a failed test left dead is started again."""
    if not server.is_running:
        server.start()
    shop = Shop(server)
    shop.reset()
    return shop


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    """A server with the shop's tables and a few thousand rows."""
    connection = empty_shop.connect(PRODUCTION)
    sample_data.create_tables(connection)
    sample_data.fill(connection, 6000)
    connection.close()
    return empty_shop
