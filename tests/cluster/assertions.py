"""What has to hold after a load, whatever happened meanwhile: counted in the answers and in the databases."""

import contextlib
import secrets
from collections.abc import Collection, Iterator

from sandbox.shop.handle import Shop
from sandbox.shop.traffic import Traffic, traffic
from tests.cluster.shop import assert_serving

PRODUCTION = ("frontend-prod-proxy", "backend-prod-proxy")
STAGING = ("frontend-test-proxy", "backend-test-proxy")


def colors(shop: Shop) -> tuple[str, str]:
    """The active and the inactive colour, by the cluster's record: a failed update switches nothing."""
    data = shop.get("configmaps")["configmap/environment-config"]["data"]
    return data["COLOR_PROD"], data["COLOR_TEST"]


@contextlib.contextmanager
def production_unharmed(shop: Shop, tolerated: Collection[str] = ()) -> Iterator[None]:
    """Traffic through all proxies while the block runs; no request to production fails, no row is misplaced.

    `tolerated`: parts of the errors that do not count.
    """
    with traffic(shop.cluster, shop.namespace, reference=f"load-{secrets.token_hex(4)}") as load:
        yield
    assert_production_unharmed(load, tolerated)
    assert_rows_where_they_belong(shop, load)


def assert_production_unharmed(load: Traffic, tolerated: Collection[str] = ()) -> None:
    """Every request to production had a good answer from it; staging may refuse, but never answer with its database."""
    for proxy in PRODUCTION:
        assert load.targets[proxy]["good"] > 100
        failures = load.failures(proxy)
        forgiven = sum(failures.pop(error) for error in list(failures) if any(part in error for part in tolerated))
        assert failures.pop("failed", 0) == forgiven, (failures, load.targets[proxy]["first_failures"])
        assert not failures, failures
    for proxy in STAGING:
        assert load.targets[proxy]["wrong_database"] == load.targets[proxy]["wrong_environment"] == 0


def assert_rows_where_they_belong(shop: Shop, load: Traffic) -> None:
    """Counted in the databases: the rows that each proxy took are in its own database, all of them, and only there."""
    for proxy, database, other in (
        ("backend-prod-proxy", "atelier-cadrart", "atelier-cadrart-stg"),
        ("backend-test-proxy", "atelier-cadrart-stg", "atelier-cadrart"),
    ):
        here, there = (shop.rows_with(name, f"{load.reference}-{proxy}-") for name in (database, other))
        target = load.targets[proxy]
        assert target["writes_good"] <= here <= target["writes_good"] + target["writes_unknown"]
        assert there == 0


def assert_converged(shop: Shop, color: str) -> str:
    """Every proxy answers as it should with `color` in production, and another update would change nothing.

    Returns what its preview printed.
    """
    assert_serving(shop, color)
    return str(shop.pulumi("preview", "--expect-no-changes").stdout)


def assert_shown(printed: str, *phrases: str) -> None:
    """The terminal shows each phrase, however its lines are broken, no traceback, and no error after the error."""
    shown = " ".join(printed.split())
    for phrase in phrases:
        assert phrase in shown, printed
    for noise in ("Traceback", "an unhandled error occurred"):
        assert noise not in printed, printed
