"""Real servers for the tests of this folder, started once for a whole run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.accounts.ownership import notes
from cadrart_infra.accounts.statements import Access
from sandbox.local_servers import ALL_KINDS, LocalServer, start_server
from sandbox.shop import sample_data
from tests.database import exchanges
from tests.database.backups import PLACES, RESTORE_PASSWORD, Claim, account_of
from tests.database.harness import PRODUCTION, STAGING, SYNC_USER, Shop
from tests.database.two_copies import CHANGES, SCHEMA

# Tests kill servers, not machines: what the operating system has been given is safe.
_QUICK = {"innodb-flush-log-at-trx-commit": "2", "sync-binlog": "0"}

_NICENESS = 10
"""How much nicer than others: with it, a tenth of the time of a processor that both want."""

NEWER = "mariadb-11.8"
EVERYTHING_ON_THE_NEWER = "CADRART_ALL_TESTS_ON_MARIADB_11_8"
_ALSO_ON_THE_NEWER = re.compile(
    r"test_same_copy.py::test_(carried.*-(29|32|40|41|58)-|an_address|with_masking|a_schema_keeps)"
    r"|test_nothing_blocks.py::(test_carried.*-(39-mariadb|42|54|59)|test_a_vector_index|test_a_view_of_numbers)"
    r"|test_nothing_reaches_production.py::test_names_in"
    r"|test_masking_fails_closed.py::test_(every_type_has|a_mask_that_breaks)|test_masked_documents.py::test_a_key_written"
    r"|test_sync_objects.py::test_everything|test_sync_copy.py::test_first_sync|test_tls.py::test_the_file"
    r"|test_sync_refusals.py::test_missing_right_to_read|test_unsupported_objects.py::test_bound"
    r"|test_backup.py::test_everything_comes_back.*-\]|test_backup_kinds.py::.*(history|types of MariaDB|sequences|59-views)"
    r"|test_backup_not_held.py::.*history"
    r"|accounts/test_accounts.py::test_(a_bare|the_sync_only)|accounts/test_rotation.py::test_(root_gets|two_passwords)"
)
"""Where the newer release of MariaDB differs, if anywhere: types, collations, JSON, history, its own accounts, TLS, how
its client programs log in; and one whole run of each job. All of them would take as long again.
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The newer release of MariaDB plays a part of the tests, unless the environment asks for all."""
    if os.environ.get(EVERYTHING_ON_THE_NEWER) == "yes":
        return
    spared = {item for item in items if _is_of_the_newer(item) and not _ALSO_ON_THE_NEWER.search(item.nodeid)}
    items[:] = [item for item in items if item not in spared]
    config.hook.pytest_deselected(items=list(spared))


def _is_of_the_newer(item: pytest.Item) -> bool:
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return NEWER in (parameters.get("server"), parameters.get("running"))


@pytest.fixture(scope="session", autouse=True)
def after_the_others() -> None:
    """Beside other processes, what is here takes the time of the processors that they leave: it waits for no clock,
    and the cluster's tests, which do, wait for their pods for a third of theirs."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.nice(_NICENESS)


@pytest.fixture(scope="session", params=sorted(ALL_KINDS))
def server(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    """A server of each kind; binary log on for MySQL, as its defaults are."""
    kind = ALL_KINDS[request.param]
    settings = dict(_QUICK) if kind.name == "mariadb" else {**_QUICK, "log-bin-trust-function-creators": "ON"}
    running = start_server(kind, settings)
    yield running
    running.remove()


@pytest.fixture
def binary_log(server: LocalServer) -> Iterator[None]:
    """The server writes one while the test runs: MariaDB does only where it is asked to."""
    if server.kind.name != "mariadb":
        yield
        return
    before = server.settings
    server.settings = {**before, "log-bin": "binlog", "log-bin-trust-function-creators": "ON"}
    server.restart()
    yield
    server.settings = before
    server.restart()


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


@pytest.fixture
def claim(empty_shop: Shop, tmp_path: Path) -> Iterator[Claim]:
    """An empty claim beside a server with an empty production database, and none of a former restore."""
    folder = empty_shop.server.folder / tmp_path.name
    folder.mkdir()
    account_of(empty_shop).create(RESTORE_PASSWORD)
    yield Claim(empty_shop, folder, f"/mnt/{folder.name}")
    account_of(empty_shop).remove()
    for schema in (PLACES.restored, PLACES.replaced):
        empty_shop.run(f"DROP DATABASE IF EXISTS `{schema}`", schema=None)


@pytest.fixture
def small_shop(empty_shop: Shop) -> Shop:
    """Production with one table and one row, staging with an older one, in a database that is noted as its own."""
    empty_shop.run(
        *notes(Access(PRODUCTION, STAGING, "", "", SYNC_USER)),
        "CREATE TABLE client (id int PRIMARY KEY, v varchar(20)) ENGINE=InnoDB",
        "INSERT INTO client VALUES (1, 'new')",
        f"CREATE DATABASE `{STAGING}`",
        f"CREATE TABLE `{STAGING}`.client (id int PRIMARY KEY, v varchar(20)) ENGINE=InnoDB",
        f"INSERT INTO `{STAGING}`.client VALUES (1, 'old')",
    )
    return empty_shop


@pytest.fixture
def two_copies(empty_shop: Shop) -> Shop:
    """Production with a view and a trigger, staging and the copy before it; production has moved on since."""
    empty_shop.run(*SCHEMA)
    for _ in range(2):
        empty_shop.sync()
    empty_shop.run(*CHANGES)
    return empty_shop


@pytest.fixture
def restored(empty_shop: Shop) -> Iterator[Shop]:
    """Production as it is now, and a backup restored beside it."""
    shop = empty_shop
    shop.run(
        "DROP USER IF EXISTS 'owner'@'%'",
        "CREATE USER 'owner'@'%' IDENTIFIED BY 'owner'",
        "GRANT ALL ON *.* TO 'owner'@'%'",
    )
    exchanges.set_up(shop)
    account = account_of(shop)
    account.create(RESTORE_PASSWORD)
    with account.on_production():
        yield shop
        if not shop.server.is_running:
            shop.server.start()
    account.remove()
    exchanges.forget(shop)
