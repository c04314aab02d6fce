"""What the program lets the engine write after what, and what stands before it, with Pulumi's mocks in its place."""

from cadrart_infra.model import Color
from cadrart_infra.naming import HISTORY
from tests.unit.cluster_objects import routed
from tests.unit.older_shop import running
from tests.unit.plans import served
from tests.unit.program import COLORS, MAIN, Program, images, run, run_once


@COLORS
def test_production_turns_before_staging(active: str, inactive: str) -> None:
    shop = run_once(activeColor=active)
    active_pods, inactive_pods = (
        {f"deployment/{w}-{color}" for w in ("frontend", "backend")} for color in (active, inactive)
    )
    production, staging = ({f"service/{w}-{p}-proxy" for w in ("frontend", "backend")} for p in ("prod", "test"))
    for name in [*production, "configmap/environment-config"]:
        before = shop.before(name)
        assert active_pods <= before
        assert not before & (inactive_pods | staging | production)
    for name in inactive_pods:
        assert production | {"configmap/environment-config", "databaseaccounts/database-accounts"} <= shop.before(name)
    for name in staging:
        assert inactive_pods <= shop.before(name)


def test_a_backup_comes_before_new_pods_and_after_an_older_release_is_back() -> None:
    history = {"kind": "ConfigMap", "metadata": {"name": HISTORY}, "data": served("0").data()}
    settings = {"backup": {"beforeSwitch": True}, "promotion": {"allowUntested": True}}
    for release, comes_first in (("1.0.0", True), ("2", True), ("0", False)):
        kubectl = running()
        kubectl.routed = [*routed(Color.BLUE), history]
        shop = run(kubectl, activeColor="green", images=images() | {"green": images(release)["green"]}, **settings)
        backup = "backupbeforeswitch/backup"
        assert (backup in shop.before("deployment/backend-green")) is comes_first
        assert ("configmap/environment-config" in shop.before(backup)) is not comes_first
        assert backup in shop.before("stagingsync/staging-sync")


def test_one_gate_stands_before_everything_that_turns_production() -> None:
    shop = run_once()
    gated = {key for key, request in shop.requests.items() if "promotion-gate" in request.hooks.before_update}
    assert gated == {"service/frontend-prod-proxy", "service/backend-prod-proxy", "configmap/environment-config"}
    assert all(list(shop.requests[key].hooks.before_create) == ["promotion-gate"] for key in gated)


def annotations(shop: Program, key: str) -> dict[str, str]:
    """What an object's annotations say."""
    found: dict[str, str] = shop[key].inputs["metadata"]["annotations"]
    return found


@COLORS
def test_the_smoke_command_stands_before_the_proxies_of_each_environment(active: str, inactive: str) -> None:
    shop = run(activeColor=active, gate={"smokeCommand": "./check", "smokeTimeout": 9}, images=images("1.2.3"))
    assert not [key for key in run_once() if key.startswith("command/")]
    for name, color, environment, proxy in (
        ("command/smoke-production", active, "prod", "prod"),
        ("command/smoke-staging", inactive, "stg", "test"),
    ):
        inputs, workloads = shop[name].inputs, ("frontend", "backend")
        assert inputs["create"] == "./check"
        assert inputs["environment"].pop("CONFIG").startswith(f"cadrart-config-{environment}-")
        turned_at = inputs["environment"].pop("TURNED_AT")
        assert turned_at == annotations(shop, f"service/backend-{proxy}-proxy")["ateliercadrart.com/turned-at"]
        assert inputs["environment"] == {
            "COLOR": color,
            "ENVIRONMENT": environment,
            "NAMESPACE": "cadrart",
            "KUBERNETES_CONTEXT": "",
            "SMOKE_TIMEOUT": "9",
            "FRONTEND_IMAGE": "shop/frontend:1.2.3",
            "BACKEND_IMAGE": "shop/backend:1.2.3",
        }
        assert str(MAIN.parent) not in str(inputs)  # another checkout is no change
        assert {f"deployment/{workload}-{color}" for workload in workloads} <= shop.before(name)
        assert all(name in shop.before(f"service/{workload}-{proxy}-proxy") for workload in workloads)
    assert "command/smoke-production" in shop.before("configmap/environment-config")
    assert "command/smoke-staging" not in shop.before("service/backend-prod-proxy")
    waits = {key for key, request in shop.requests.items() if "staging-is-ready" in request.hooks.before_update}
    assert waits == {"command/smoke-staging", "service/frontend-test-proxy", "service/backend-test-proxy"}
    hooks = shop.requests["command/smoke-production"].hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["promotion-gate"]
