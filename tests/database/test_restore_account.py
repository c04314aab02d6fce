"""The account of a restore: what it may do at which step, and that it goes away however a restore ends."""

from __future__ import annotations

import base64
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.restore_account import LOCK, USER, existing_account, require_alone
from cadrart_infra.backup.restored_database import require_room_for
from cadrart_infra.interruption import interrupting_signals
from cadrart_infra.mysql.errors import DatabaseError, LockWait, TooLittleRoom
from cadrart_infra.mysql.global_read_lock import wait_for_global_read_lock
from cadrart_infra.mysql.server import Endpoint
from tests.database.backups import NAME, PLACES, RESTORE_PASSWORD, account_of, exchange_session, look_session
from tests.database.harness import PRODUCTION, STAGING, Shop, root_client


@pytest.fixture
def shop_with_account(empty_shop: Shop) -> Iterator[Shop]:
    """Production and staging with a table each, and a restore's account as it looks at a backup."""
    shop = empty_shop
    shop.run(
        "CREATE TABLE client (id int PRIMARY KEY)",
        "INSERT INTO client VALUES (1)",
        f"CREATE DATABASE `{STAGING}`",
        f"CREATE TABLE `{STAGING}`.client (id int PRIMARY KEY)",
    )
    account_of(shop).create(RESTORE_PASSWORD)
    yield shop
    account_of(shop).remove()
    shop.run(f"DROP DATABASE IF EXISTS `{PLACES.restored}`", f"DROP DATABASE IF EXISTS `{PLACES.replaced}`")


CHANGES = (
    f"INSERT INTO `{PRODUCTION}`.client VALUES (2)",
    f"DROP TABLE `{PRODUCTION}`.client",
    f"CREATE TRIGGER `{PRODUCTION}`.t BEFORE INSERT ON `{PRODUCTION}`.client FOR EACH ROW SET NEW.id = 3",
    f"CREATE VIEW `{PRODUCTION}`.v AS SELECT 1",
    f"ALTER DATABASE `{PRODUCTION}` COLLATE utf8mb4_bin",
    f"DROP DATABASE `{PRODUCTION}`",
)
NEVER = (
    f"SELECT * FROM `{STAGING}`.client",
    f"DROP TABLE `{STAGING}`.client",
    "CREATE DATABASE `elsewhere`",
    "CREATE USER 'another'@'%'",
    f"GRANT SELECT ON *.* TO '{USER}'@'%'",
    "SELECT authentication_string FROM mysql.user",
)


def refused(shop: Shop, statements: tuple[str, ...]) -> list[str]:
    """Those that the account may not run while it looks."""
    found = []
    with look_session(shop) as session:
        for statement in statements:
            try:
                session.rows(statement)
            except DatabaseError:
                found.append(statement)
    return found


def test_while_it_looks_it_changes_only_the_copy_beside(shop_with_account: Shop) -> None:
    shop = shop_with_account
    before = shop.contents(PRODUCTION), shop.definitions(PRODUCTION)

    assert refused(shop, CHANGES + NEVER) == [*CHANGES, *NEVER]

    assert (shop.contents(PRODUCTION), shop.definitions(PRODUCTION)) == before
    with look_session(shop) as session:
        assert session.value(f"SELECT COUNT(*) FROM `{PRODUCTION}`.client") == 1
        session.run(f"CREATE DATABASE `{PLACES.restored}`")
        session.run(f"CREATE TABLE `{PLACES.restored}`.client (id int)")
        owner = "DEFINER = 'gone'@'old-host'"
        session.run(f"CREATE {owner} VIEW `{PLACES.restored}`.v AS SELECT id FROM `{PLACES.restored}`.client")
        session.run(f"CREATE {owner} PROCEDURE `{PLACES.restored}`.p() SELECT 1")


def test_it_may_change_production_for_the_exchange_and_no_longer(shop_with_account: Shop) -> None:
    shop = shop_with_account
    with exchange_session(shop) as session:
        session.run(CHANGES[0])
        session.run(CHANGES[2])

    assert refused(shop, CHANGES) == list(CHANGES)
    assert shop.contents(PRODUCTION) == {"client": [(1,), (2,)]}


def test_a_second_restore_leaves_the_first_one_s_account(shop_with_account: Shop) -> None:
    account = account_of(shop_with_account)
    with look_session(shop_with_account) as session:
        session.value(f"SELECT GET_LOCK('{LOCK}', 0)")
        with pytest.raises(BackupError, match=f"Another restore is running .connection {session.id} "):
            require_alone(account.root)
    require_alone(account.root)


def test_room_is_looked_at_before_anything_is_loaded(shop_with_account: Shop) -> None:
    shop = shop_with_account
    backup = Backup(NAME, PRODUCTION, "", "", "blue", {}, 3, 0, 1000, "", data=50_000_000)
    poor = Endpoint(shop.server.host, shop.server.port, USER, RESTORE_PASSWORD, free_bytes=lambda: 60_000_000)
    rich = Endpoint(shop.server.host, shop.server.port, USER, RESTORE_PASSWORD, free_bytes=lambda: 130_000_000)
    with look_session(shop) as session:
        with pytest.raises(TooLittleRoom, match=r"disk has 60 MB free, and restoring 3 tables"):
            require_room_for(session, poor, backup, PLACES)
        require_room_for(session, rich, backup, PLACES)


class Secrets:
    """The Secrets of a cluster, as far as a restore asks for its own."""

    namespace = "shop"

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def find(self, _kind: object, name: str, _timeout: float = 30) -> dict[str, Any] | None:
        return self.found.get(name)

    def create(self, manifest: dict[str, Any]) -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in manifest["stringData"].items()}
        self.found[manifest["metadata"]["name"]] = {**manifest, "data": data}

    def run(self, *arguments: str, **_: Any) -> str:
        assert arguments[:2] == ("delete", "secret")
        self.found.pop(arguments[2], None)
        return ""


def _hold_the_account(shop: Shop, ready: int) -> None:
    """A restore that has its account and a connection, and waits."""
    status = 1
    try:
        secrets: Any = Secrets()
        with interrupting_signals(), existing_account(secrets, account_of(shop), print) as credentials:
            connection = pymysql.connect(
                host=shop.server.host, port=shop.server.port, user=credentials.user, password=credentials.password
            )
            os.write(ready, b"!")
            time.sleep(120)
            connection.close()
    except KeyboardInterrupt:
        status = 0
    finally:
        os._exit(status)


def _child_that_holds_the_account(shop: Shop) -> int:
    """A process that has made it, and goes on until a signal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _hold_the_account(shop, writing)
    os.close(writing)
    assert os.read(reading, 1) == b"!"
    os.close(reading)
    return child


@pytest.mark.usefixtures("hangups_are_reported")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_the_account_goes_away_on_every_signal(empty_shop: Shop, number: signal.Signals) -> None:
    shop = empty_shop
    child = _child_that_holds_the_account(shop)
    assert len(accounts(shop)) == 1

    os.kill(child, number)
    os.kill(child, number)  # an impatient person
    _, status = os.waitpid(child, 0)

    assert os.WIFEXITED(status)
    assert os.WEXITSTATUS(status) == 0
    assert accounts(shop) == []


def test_what_a_killed_restore_left_is_gone_with_the_next(empty_shop: Shop) -> None:
    shop = empty_shop
    child = _child_that_holds_the_account(shop)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(accounts(shop)) == 1

    with existing_account(Secrets(), account_of(shop), print):  # type: ignore[arg-type]
        assert len(accounts(shop)) == 1

    assert accounts(shop) == []


def accounts(shop: Shop) -> list[Any]:
    return list(shop.run(f"SELECT user, host FROM mysql.user WHERE user = '{USER}'", schema=None))


HOLDS = {
    "mysql": ("FLUSH TABLES WITH READ LOCK", "LOCK INSTANCE FOR BACKUP"),
    "mariadb": ("FLUSH TABLES WITH READ LOCK",),
}


def test_who_holds_the_whole_server_is_reported_before_anything_waits_for_it(shop_with_account: Shop) -> None:
    shop, root = shop_with_account, root_client(shop_with_account.server)
    for statement in HOLDS[shop.server.kind.name]:
        shop.lines.clear()
        with shop.root() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            ((holder,),) = cursor.fetchall()
            cursor.execute(statement)
            with pytest.raises(
                LockWait, match=f"a session holds the whole server.*connection {holder} of root"
            ) as caught:
                wait_for_global_read_lock(root, shop.lines.append, 0.5)
            assert "changing accounts" in str(caught.value)
            threading.Timer(3, shop.run, [f"KILL {holder}"]).start()
            wait_for_global_read_lock(root, shop.lines.append)
        (line,) = shop.lines
        assert line.startswith("waiting up to 60 s: a session holds the whole server")
    shop.lines.clear()
    wait_for_global_read_lock(root, shop.lines.append)
    assert shop.lines == []
