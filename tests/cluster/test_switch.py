"""The switch, with traffic through all proxies."""

import pytest

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, production_unharmed


@pytest.mark.parametrize("color", ["green", "blue"])
def test_a_switch_fails_no_request_and_none_reaches_the_wrong_database(shop: Shop, color: str) -> None:
    with production_unharmed(shop):
        shop.switch(color)
    assert_converged(shop, color)
