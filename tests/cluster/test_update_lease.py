"""One updater at a time, also where each has a Pulumi backend of its own, whose locks know nothing of each other."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.followed_update import Step, followed_update

LEASE = "cadrart-update"


def test_an_update_of_another_backend_is_refused_while_one_runs(shop: Shop, tmp_path: Path) -> None:
    _, inactive = colors(shop)
    other, asked = {"PULUMI_BACKEND_URL": f"file://{tmp_path}/state"}, tmp_path / "both-have-asked"
    (tmp_path / "state").mkdir()
    shop.stack.config_set("activeColor", inactive)
    shop.stack.config_set("gate.smokeCommand", f"until [ -e {asked} ]; do sleep 0.2; done")
    shop.stack.pulumi("stack", "select", "--create", env=other, stdout=subprocess.DEVNULL)
    try:
        with production_unharmed(shop), followed_update(shop) as update:
            update.wait_for(Step(f"backend-{inactive}", "starts"))
            refused = shop.up(check=False, env=other)
            previewed = shop.pulumi("preview", env=other)
            asked.touch()
            assert update.wait().returncode == 0
    finally:
        shop.stack.pulumi("config", "rm", "--path", "gate.smokeCommand")
    assert refused.returncode != 0
    assert_shown(
        refused.stdout, "Somebody else changes this shop; nothing was changed", "pulumi up of stack shop", "unlock"
    )
    assert "an update would be refused now" in previewed.stdout
    assert leases(shop) == []
    shop.up()
    assert_converged(shop, inactive)


def test_a_destroy_is_refused_while_somebody_holds_the_lease(shop: Shop) -> None:
    before = shop.identities()
    hold(shop, datetime.now(UTC))
    try:
        refused = shop.pulumi("destroy", "--yes", "--skip-preview", check=False)
        assert refused.returncode != 0
        assert_shown(refused.stdout, "Somebody else changes this shop", "anna@laptop holds it for a long restore")
        assert shop.identities() == before
        assert "anna@laptop holds it for a long restore" in shop.program("unlock", "--yes").stdout
    finally:
        shop.kubectl("delete", "lease", LEASE, "--ignore-not-found")


def test_one_that_has_run_out_is_taken_over(shop: Shop) -> None:
    hold(shop, datetime.now(UTC) - timedelta(hours=1))
    shop.up()
    assert leases(shop) == []


def hold(shop: Shop, renewed: datetime) -> None:
    """Somebody's Lease, renewed at that time."""
    moment = renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": LEASE,
            "annotations": {
                "ateliercadrart.com/held-by": "anna@laptop",
                "ateliercadrart.com/held-for": "a long restore",
            },
        },
        "spec": {
            "holderIdentity": "laptop/1",
            "leaseDurationSeconds": 45,
            "acquireTime": moment,
            "renewTime": moment,
        },
    }
    shop.kubectl("create", "-f", "-", stdin=json.dumps(lease))


def leases(shop: Shop) -> list[str]:
    return shop.kubectl("get", "leases", "-o", "name").split()


def test_a_namespace_of_the_same_name_in_another_cluster_is_left_alone(shop: Shop) -> None:
    """As the state would have it there: another UID."""
    before, state = shop.identities(), shop.stack.pulumi("stack", "export", stdout=subprocess.PIPE).stdout
    uid = shop.cluster.read(f"/api/v1/namespaces/{shop.namespace}")["metadata"]["uid"]
    assert uid in state
    elsewhere = state.replace(uid, "00000000-0000-4000-8000-000000000000")
    shop.stack.pulumi("stack", "import", input=elsewhere, stdout=subprocess.DEVNULL)
    try:
        for command in (["preview"], ["up", "--yes", "--skip-preview"], ["destroy", "--yes", "--skip-preview"]):
            refused = shop.pulumi(*command, check=False)
            assert refused.returncode != 0
            assert_shown(refused.stdout, f"has the UID {uid}", "the UID 00000000-0000-4000-8000-000000000000")
        assert shop.identities() == before
        assert leases(shop) == []
    finally:
        shop.stack.pulumi("stack", "import", input=state, stdout=subprocess.DEVNULL)
    shop.pulumi("preview", "--expect-no-changes")
