"""A server of each kind for the tests of accounts, which change what all databases of it share."""

from collections.abc import Iterator

import pytest

from sandbox.local_servers import ALL_KINDS, LocalServer, running_server
from tests.database.accounts.server_accounts import ACCOUNTS, root_runs

DATABASES = ("atelier-cadrart", "atelier-cadrart-stg", "atelier-cadrart-stg_sync", "other")


@pytest.fixture(scope="package", params=sorted(ALL_KINDS))
def running(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    with running_server(ALL_KINDS[request.param]) as server:
        yield server


@pytest.fixture
def local(running: LocalServer) -> LocalServer:
    """The server without any of the shop's databases and accounts."""
    root_runs(
        running,
        *(f"DROP DATABASE IF EXISTS `{name}`" for name in DATABASES),
        *(f"DROP USER IF EXISTS '{credentials.user}'@'%'" for credentials in ACCOUNTS.values()),
    )
    return running
