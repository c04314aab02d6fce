"""What surrounds the switch itself: the guard, the watch, the warm standby, and what people read of it."""

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Iterator

from cadrart_infra.cluster.pods import image_of
from sandbox.cluster.cluster import Cluster
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from sandbox.shop.traffic import traffic
from tests.cluster.assertions import (
    assert_converged,
    assert_production_unharmed,
    assert_rows_where_they_belong,
    assert_shown,
    colors,
    production_unharmed,
)
from tests.cluster.database_server import open_session
from tests.cluster.shop import assert_serving, changed, new_release, wait_for_production


def test_a_preview_says_what_a_switch_means_and_its_end_who_serves_what(shop: Shop) -> None:
    active, inactive = colors(shop)
    with changed(shop, activeColor=inactive):
        preview = shop.pulumi("preview").stdout
        assert f"switch: production {active} → {inactive}" in preview
        assert f"first frontend-{inactive} and backend-{inactive} restart, bound to production's database" in preview
        assert f"last frontend-{active} and backend-{active} restart, bound to staging's database" in preview
        assert "staging sync: will not run" in preview
    printed = " ".join(shop.up().stdout.split())
    assert f"production {active} frontend:" in printed
    assert "atelier-cadrart 1 + 1 staging " in printed
    assert "atelier-cadrart-stg 1 + 1" in printed


def test_a_warm_standby_switches_back_without_a_new_pod(shop: Shop) -> None:
    """No release is new to production here, so that a long transaction is a reason for a warning alone."""
    active, inactive = colors(shop)
    former = {key for key in shop.pods() if f"-{active}-" in key}
    with changed(shop, standby="warm"), traffic(shop.cluster, shop.namespace, reference="warm") as load:
        shop.stack.config_set("promotion.longTransaction", "1")
        with long_transaction(shop):
            printed = shop.switch(inactive).stdout
        assert_shown(printed, f"The switch to {inactive} goes on in spite of what runs in atelier-cadrart")
        assert f"{active} stays bound to production" in printed
        assert f"standby {active} frontend:" in " ".join(printed.split())
        outputs = shop.stack.outputs()
        assert outputs["roles"] == {inactive: "production", active: "standby"}
        assert outputs["boundTo"] == {inactive: "production", active: "production"}
        assert former <= shop.pods().keys()
        pods = shop.pods()
        shop.pulumi("preview", "--expect-no-changes")
        shop.program("rollback", "--yes")
        assert shop.stack.outputs()["activeColor"] == active
        shop.switch(inactive)
        assert shop.pods() == pods

        shop.stack.config_set("resources.frontend.cpuRequest", "26m")
        shop.up()
        assert any(f"frontend-{active}-" in key for key in shop.pods().keys() - pods.keys())
        assert_shown(shop.program("rollback", "--yes").stdout, f"switch: production {inactive} → {active}")
        assert shop.stack.outputs()["activeColor"] == active
    assert_production_unharmed(load)
    assert_rows_where_they_belong(shop, load)
    with changed(shop):
        assert_a_colour_with_another_release_is_no_way_back(shop, active, inactive)
    shop.up()
    assert_serving(shop, active)
    shop.pulumi("preview", "--expect-no-changes")


def test_a_switch_does_not_begin_behind_a_long_transaction(shop: Shop) -> None:
    active, inactive = colors(shop)
    pods, objects = shop.pods(), shop.identities()
    with changed(shop, activeColor=inactive, promotion__longTransaction="1"), long_transaction(shop):
        new_release(shop, inactive)
        refused = shop.up(check=False)
    assert refused.returncode != 0
    assert f"The switch to {inactive} did not begin" in refused.stdout
    assert "a transaction of root has been open for" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert (shop.pods(), shop.identities()) == (pods, objects)
    shop.pulumi("preview", "--expect-no-changes")
    assert_serving(shop, active)


def test_production_that_fails_after_it_turned_is_turned_back(shop: Shop) -> None:
    active, inactive = colors(shop)
    with changed(shop, activeColor=inactive, promotion__watch="60"):
        with once_production_turned(shop, inactive, "scale", f"deployment/backend-{inactive}", "--replicas=0"):
            failed = shop.up(check=False)
        assert failed.returncode != 0
        assert f"Production was rolled back to {active}" in failed.stdout
        assert "Traceback" not in failed.stdout
        wait_for_production(shop, active)
        assert shop.get("configmaps")["configmap/environment-config"]["data"]["COLOR_PROD"] == active

        shop.kubectl("scale", f"deployment/backend-{inactive}", "--replicas=1")
        shop.kubectl("rollout", "status", f"deployment/backend-{inactive}", "--timeout=60s")
        shop.stack.config_set("promotion.watch", "5")
        with traffic(shop.cluster, shop.namespace, reference="again") as load:
            assert f"production served by {inactive} was well for 5 s" in shop.up().stdout
        assert_production_unharmed(load)
        assert_serving(shop, inactive)
    with traffic(shop.cluster, shop.namespace, reference="and-back") as load:
        assert_an_edit_meanwhile_fails_the_end(shop, active)
        shop.up()
    assert_production_unharmed(load)
    assert_converged(shop, active)
    assert shop.rows_with("atelier-cadrart-stg", "again-backend-prod") == 0


def assert_an_edit_meanwhile_fails_the_end(shop: Shop, active: str) -> None:
    """Pods that get a container more after the gate are not those that were declared."""
    name = f"deployment/frontend-{active}"
    more = {"name": "more", "image": shop_images.image("frontend", "1.0.0"), "command": ["sleep", "9999"]}
    patch = json.dumps({"spec": {"template": {"spec": {"containers": [more]}}}})
    with once_production_turned(shop, active, "patch", name, "--patch", patch):
        failed = shop.up(check=False)
    assert failed.returncode != 0
    assert_shown(
        failed.stdout,
        f"{name} was changed by kubectl-patch while the update ran:",
        "containers[more] is {'name': 'more'",
        "Everything was written. Run pulumi up again, which puts that right.",
    )


def test_production_that_crashes_after_it_turned_is_turned_back(shop: Shop) -> None:
    active, inactive = colors(shop)
    with changed(shop, activeColor=inactive, promotion__watch="60"):
        crash = ("exec", f"deployment/backend-{inactive}", "--", "sh", "-c", "kill 1")
        with once_production_turned(shop, inactive, *crash):
            failed = shop.up(check=False)
        assert failed.returncode != 0
        assert_shown(failed.stdout, f"Production was rolled back to {active}", "do not stay up", "was started again")
        wait_for_production(shop, active)
    shop.up()
    assert_converged(shop, active)


def test_a_tag_that_was_pushed_again_is_not_promoted_however_often_it_is_tried(shop: Shop) -> None:
    active, inactive = colors(shop)
    pushed = shop_images.image("backend", "1.0.0").rpartition(":")[0] + f":{secrets.token_hex(4)}"
    tag(shop, shop_images.image("backend", "1.0.0"), pushed)
    settings = {"activeColor": active, f"images__{inactive}__backend": pushed}
    with changed(shop, **settings):
        shop.up()
        tag(shop, shop_images.image("backend", "1.1.0"), pushed)
        shop.stack.config_set("activeColor", inactive)
        with production_unharmed(shop):
            for _ in range(2):
                refused = shop.up(check=False)
                assert refused.returncode != 0
                assert_shown(refused.stdout, f"backend-{inactive}: {pushed} is", "The tag was pushed again")
        wait_for_production(shop, active)
    shop.up()
    assert_converged(shop, active)


def assert_a_colour_with_another_release_is_no_way_back(shop: Shop, active: str, standby: str) -> None:
    """After a release to a standby, a rollback would bring production what it never ran."""
    former = image_of(shop.get("deployments")[f"deployment/frontend-{standby}"]["spec"]["template"])
    released = shop.program("release", "frontend", "2.0.0", "--yes").stdout
    assert_shown(released, f"{standby} is no longer kept for production")
    pods, settings = shop.pods(), shop.stack.settings_file.read_text()
    refused = shop.program("rollback", "--yes", check=False)
    assert refused.returncode == 1
    back = f"cadrart release frontend {former} && cadrart switch {standby} --from {active}"
    assert_shown(refused.stdout, f"{standby} is no way back", "frontend:2.0.0, which production never ran", back)
    assert (colors(shop), shop.stack.settings_file.read_text()) == ((active, standby), settings)
    assert shop.pods().keys() <= pods.keys()


def tag(shop: Shop, image: str, name: str) -> None:
    """As after a push to the registry, on a node that has pulled it."""
    assert isinstance(shop.cluster, Cluster)
    shop.cluster.tag(image, name)


@contextlib.contextmanager
def long_transaction(shop: Shop) -> Iterator[None]:
    """A transaction on production's database that is two seconds old, and open until the block ends."""
    statements = "START TRANSACTION; UPDATE client SET company = company LIMIT 1; SELECT 'open'"
    with open_session(shop, statements, "open", "atelier-cadrart"):
        time.sleep(2)
        yield


@contextlib.contextmanager
def once_production_turned(shop: Shop, color: str, *command: str) -> Iterator[None]:
    """As soon as the record says that a colour is production, kubectl does what somebody, or fate, does to it."""
    ended = threading.Event()

    def harm() -> None:
        while not ended.wait(0.3):
            if shop.get("configmaps")["configmap/environment-config"]["data"]["COLOR_PROD"] == color:
                shop.kubectl(*command)
                return

    thread = threading.Thread(target=harm)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
