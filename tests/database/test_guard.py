"""The guard's questions, asked of real servers."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cadrart_infra.model import Color
from cadrart_infra.promotion.guard import Guard, GuardRefused, GuardSpec, TimeBudget
from cadrart_infra.promotion.live import Live, Routed
from cadrart_infra.traffic import routing
from tests.database.harness import PRODUCTION, Shop
from tests.database.test_accounts import root_client

BLUE_SERVES = Live({name: Routed(content, "") for name, content in routing(Color.BLUE).items()})


@contextmanager
def time_zone(shop: Shop, zone: str) -> Iterator[None]:
    """The server's own time zone for new connections."""
    ((before,),) = shop.run("SELECT @@GLOBAL.time_zone")
    shop.run(f"SET GLOBAL time_zone = '{zone}'")
    try:
        yield
    finally:
        shop.run(f"SET GLOBAL time_zone = '{before}'")


def check(shop: Shop, long_transaction: int) -> None:
    spec = GuardSpec("cadrart", Color.GREEN, PRODUCTION, long_transaction)
    Guard(spec, BLUE_SERVES, TimeBudget(60), lambda: root_client(shop.server), list).check()


@pytest.mark.parametrize("zone", ["+00:00", "+05:00", "-05:00"])
def test_a_transaction_is_as_old_as_it_is_in_any_time_zone_of_the_server(shop: Shop, zone: str) -> None:
    with time_zone(shop, zone):
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
