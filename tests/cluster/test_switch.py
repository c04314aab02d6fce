"""The switch, with traffic through all proxies."""

import pytest

from sandbox.traffic import Traffic, traffic
from tests.cluster.shop import Shop, assert_serving

PRODUCTION = ("frontend-prod-proxy", "backend-prod-proxy")
REFERENCES = {
    "client": "company",
    "job": "orderId",
    "task": "comment",
    "offer": "number",
    "article": "name",
    "tag": "name",
}
"""Where the stand-in backend keeps a written row's reference, by table."""
STAGING = ("frontend-test-proxy", "backend-test-proxy")


@pytest.mark.parametrize("color", ["green", "blue"])
def test_a_switch_fails_no_request_and_none_reaches_the_wrong_database(shop: Shop, color: str) -> None:
    with traffic(shop.cluster, shop.namespace, reference=f"to-{color}") as load:
        shop.switch(color)
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, color)
    shop.pulumi("preview", "--expect-no-changes")


def test_a_color_that_never_gets_ready_leaves_production_as_it_is(shop: Shop) -> None:
    outputs = shop.stack.outputs()
    active, inactive = outputs["activeColor"], {"blue": "green", "green": "blue"}[outputs["activeColor"]]
    good = shop.stack.settings_file.read_text()
    shop.stack.config_set(f"images.{inactive}.backend", "docker.io/cadrart-sandbox/backend:broken-crash")
    shop.stack.config_set("activeColor", inactive)
    shop.stack.config_set("rollout.timeout", "15")
    with traffic(shop.cluster, shop.namespace, reference="broken") as load:
        failed = shop.up(check=False)
        assert failed.returncode != 0
        assert shop.get("configmaps")["configmap/environment-config"]["data"]["COLOR_PROD"] == active
        shop.stack.settings_file.write_text(good)
        shop.up()
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    assert_serving(shop, active)


def assert_production_unharmed(load: Traffic) -> None:
    """Every request to production had a good answer from production; staging may refuse, but never errs in database."""
    for proxy in PRODUCTION:
        assert load.targets[proxy]["good"] > 100
        assert not load.failures(proxy), load.failures(proxy)
    for proxy in STAGING:
        assert load.targets[proxy]["wrong_database"] == load.targets[proxy]["wrong_environment"] == 0


def assert_rows_where_they_belong(shop: Shop, load: Traffic) -> None:
    """Counted in the databases: the rows that each proxy took are in its own database, all of them, and only there."""
    for proxy, database, other in (
        ("backend-prod-proxy", "atelier-cadrart", "atelier-cadrart-stg"),
        ("backend-test-proxy", "atelier-cadrart-stg", "atelier-cadrart"),
    ):
        here, there = (rows_with(shop, name, f"{load.reference}-{proxy}-") for name in (database, other))
        target = load.targets[proxy]
        assert target["writes_good"] <= here <= target["writes_good"] + target["writes_unknown"]
        assert there == 0


def rows_with(shop: Shop, database: str, reference: str) -> int:
    """How many rows of a database carry a reference that begins so."""
    counts = shop.as_root(
        *(
            f"SELECT COUNT(*) FROM `{database}`.`{table}` WHERE `{column}` LIKE '{reference}%'"
            for table, column in REFERENCES.items()
        )
    )
    return sum(int(row[0]) for row in counts)
