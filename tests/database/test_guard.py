"""The guard's questions, asked of real servers."""

import threading
import time

import pytest

from cadrart_infra.live import Live, Routed
from cadrart_infra.model import Color
from cadrart_infra.mysql import read_only
from cadrart_infra.promotion.guard import Guard, GuardRefused, GuardSpec
from cadrart_infra.promotion.time_budget import TimeBudget
from cadrart_infra.traffic import routing
from sandbox.local_servers import ALL_KINDS, LocalServer, start_server
from tests.database.harness import PRODUCTION, Shop, root_client

BLUE_SERVES = Live({name: Routed(content, "") for name, content in routing(Color.BLUE).items()})


def check(shop: Shop, long_transaction: int) -> None:
    spec = GuardSpec("cadrart", Color.GREEN, PRODUCTION, long_transaction)
    Guard(spec, BLUE_SERVES, TimeBudget(60), lambda: root_client(shop.server), list).check()


def refused_by(server: LocalServer) -> str:
    return read_only.read_only_variable(root_client(server).run(read_only.read_only_query()))


@pytest.mark.parametrize("zone", ["+00:00", "+05:00", "-05:00"])
def test_a_transaction_is_as_old_as_it_is_in_any_time_zone_of_the_server(shop: Shop, zone: str) -> None:
    with shop.setting("time_zone", zone):
        writer = shop.connect(PRODUCTION)
        try:
            with writer.cursor() as cursor:
                cursor.execute("START TRANSACTION")
                cursor.execute("UPDATE client SET company = company LIMIT 1")
                cursor.execute("SELECT SLEEP(1.1)")
            with pytest.raises(GuardRefused, match=r"a transaction of root has been open for [1-9] s"):
                check(shop, long_transaction=1)
            check(shop, long_transaction=600)
        finally:
            writer.close()


def test_a_server_that_takes_no_writes_keeps_a_switch_from_beginning(shop: Shop) -> None:
    with shop.setting("read_only", 1):
        assert refused_by(shop.server) == "read_only"
        with pytest.raises(GuardRefused, match="the server takes no writes, for its read_only is set"):
            check(shop, long_transaction=600)
    assert not refused_by(shop.server)
    check(shop, long_transaction=600)


@pytest.mark.parametrize(("kind", "value"), [("mysql", "1"), ("mariadb", "5")])
def test_a_server_that_was_started_to_be_read_alone_is_known(kind: str, value: str) -> None:
    server = start_server(ALL_KINDS[kind])
    try:
        assert not refused_by(server)
        server.stop()
        server.settings = {"innodb-force-recovery": value}
        server.start()
        assert refused_by(server) == "innodb_force_recovery"
    finally:
        server.remove()


def test_tables_that_a_starting_pod_finds_there_are_in_nobodys_way(shop: Shop) -> None:
    """As a crashing pod does it, again and again: no single statement takes long."""
    ended = threading.Event()
    starting = threading.Thread(target=lambda: make_again(shop, ended))
    starting.start()
    try:
        for _ in range(8):
            check(shop, long_transaction=600)
    finally:
        ended.set()
        starting.join()


def make_again(shop: Shop, ended: threading.Event) -> None:
    connection = shop.connect(PRODUCTION)
    with connection.cursor() as cursor:
        while not ended.is_set():
            cursor.execute("CREATE TABLE IF NOT EXISTS client (id int PRIMARY KEY)")
    connection.close()


def test_a_change_of_a_structure_that_lasts_is_in_the_way(shop: Shop) -> None:
    holder, changer = shop.connect(PRODUCTION), shop.connect(PRODUCTION)
    with holder.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        cursor.execute("SELECT COUNT(*) FROM client")
    change = threading.Thread(target=lambda: changer.cursor().execute("ALTER TABLE client COMMENT 'changed'"))
    change.start()
    try:
        wait_until_it_waits(shop)
        with pytest.raises(GuardRefused, match=r"ALTER by root has been running for [1-9] s"):
            check(shop, long_transaction=600)
    finally:
        holder.close()
        change.join()
        changer.close()


def wait_until_it_waits(shop: Shop) -> None:
    """Until the server has the ALTER among what it runs."""
    while not shop.run("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE client%'"):
        time.sleep(0.05)
