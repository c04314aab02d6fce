"""The staging sync as part of a release, with traffic through all proxies."""

import json
import re

from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from sandbox.shop.traffic import traffic
from tests.cluster.assertions import PRODUCTION, assert_production_unharmed, assert_shown, colors
from tests.cluster.database_server import refused_sync_account
from tests.cluster.shop import another_image, assert_serving, changed


def test_a_release_gets_a_fresh_copy_and_migrates_it(shop: Shop) -> None:
    active, inactive = colors(shop)
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "only-in-production-so-far"})
    shop.stack.config_set(f"images.{inactive}.backend", shop_images.image("backend", "2.0.0"))

    preview = shop.pulumi("preview").stdout
    assert f"staging sync: will run, because {inactive}'s backend is released: backend:1" in preview

    with traffic(shop.cluster, shop.namespace, reference="release") as load:
        printed = shop.up().stdout
    assert " rows, " in printed
    assert_production_unharmed(load)
    assert_serving(shop, active)
    assert shop.rows_with("atelier-cadrart-stg", "only-in-production-so-far") == 1

    staging, production = (shop.fetch(f"backend-{name}-proxy", "/api/schema") for name in ("test", "prod"))
    assert not staging["missing"]
    assert len(staging["applied"]) == len(production["applied"]) + 1
    assert set(production["applied"]) < set(staging["applied"])


def test_a_sync_on_request_leaves_staging_with_the_schema_of_its_release(shop: Shop) -> None:
    active, inactive = colors(shop)
    shop.stack.config_set(f"images.{inactive}.backend", shop_images.image("backend", "2.0.0"))
    shop.up()
    before = shop.pods()
    shop.stack.config_set("sync.request", "under-a-newer-release")
    assert "then staging's pods are replaced" in " ".join(shop.pulumi("preview").stdout.split())
    shop.up()
    assert_serving(shop, active)
    assert not shop.fetch("backend-test-proxy", "/api/schema")["missing"]
    replaced = {key.partition("-")[0] for key in before if key not in shop.pods()}
    assert replaced == {"pod/backend"}
    shop.pulumi("preview", "--expect-no-changes")


def test_production_s_own_change_and_a_preview_sync_nothing(shop: Shop) -> None:
    active, _ = colors(shop)
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "after-the-copy"})
    with changed(shop, promotion__allowUntested="true"):
        shop.stack.config_set(f"images.{active}.backend", another_image(shop, "backend", active))
        assert "staging sync: will not run" in shop.pulumi("preview").stdout
        shop.up()
        assert shop.rows_with("atelier-cadrart-stg", "after-the-copy") == 0
    shop.up()
    assert shop.rows_with("atelier-cadrart-stg", "after-the-copy") == 0


def test_a_sync_on_demand_and_the_copy_before_it_again(shop: Shop) -> None:
    shop.stack.config_set("sync.request", "on-demand")
    assert "sync.request is on-demand" in shop.up().stdout
    assert shop.rows_with("atelier-cadrart-stg", "after-the-copy") == 1
    shop.stack.config_set("sync.restorePrevious", "again")
    shop.up()
    assert shop.rows_with("atelier-cadrart-stg", "after-the-copy") == 0
    assert_serving(shop, colors(shop)[0])
    assert not shop.fetch("backend-test-proxy", "/api/schema")["missing"]
    shop.pulumi("preview", "--expect-no-changes")


def test_a_failing_sync_stops_the_release_and_staging_goes_on(shop: Shop) -> None:
    active, inactive = colors(shop)
    pods = shop.pods()
    with shop.stack.settings_kept():
        shop.stack.config_set(f"images.{inactive}.frontend", another_image(shop, "frontend", inactive))
        with refused_sync_account(shop) as right, traffic(shop.cluster, shop.namespace, reference="failing") as load:
            failed = shop.up(check=False)
    assert failed.returncode != 0
    assert "refused an account of the sync" in failed.stdout
    assert "Traceback" not in failed.stdout
    assert right not in failed.stdout
    assert_production_unharmed(load)
    for proxy in (*PRODUCTION, "backend-test-proxy", "frontend-test-proxy"):
        assert not load.failures(proxy), load.failures(proxy)
    assert shop.pods() == pods
    assert_serving(shop, active)
    shop.up()
    assert_serving(shop, active)


def test_a_lost_record_of_the_sync_leaves_staging_s_data_alone(shop: Shop) -> None:
    assert_serving(shop, colors(shop)[0])
    shop.post("backend-test-proxy", "/api/clients", {"reference": "a-tester-s-own"})
    (urn,) = re.findall(r"urn:\S+::staging-sync", shop.pulumi("stack", "--show-urns").stdout)
    shop.pulumi("state", "delete", "--yes", "--target-dependents", urn)
    assert_shown(shop.pulumi("preview").stdout, "staging sync: Pulumi's state knows of no run", "It stays")
    assert_shown(shop.up().stdout, "no sync: staging has the copy of")
    assert shop.rows_with("atelier-cadrart-stg", "a-tester-s-own") == 1
    shop.pulumi("preview", "--expect-no-changes")


def test_the_state_holds_no_password_of_the_sync(shop: Shop) -> None:
    exported = shop.pulumi("stack", "export", "--show-secrets").stdout
    assert json.loads(exported)["deployment"]["resources"]
    assert shop.secret("cadrart-database-sync")["DATABASE_PASSWORD"] not in exported
