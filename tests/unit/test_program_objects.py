"""The objects that the program declares, with Pulumi's mocks in the engine's place."""

import re
from typing import Any

import pytest

from tests.unit.program import COLORS, FakeKubectl, images, run, run_once


def env(deployment: dict[str, Any]) -> dict[str, Any]:
    """A Deployment's variables: the value, or (kind of source, object, key)."""
    variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    return {variable["name"]: _source(variable) for variable in variables}


def _source(variable: dict[str, Any]) -> Any:
    if "value" in variable:
        return variable["value"]
    ((kind, reference),) = variable["valueFrom"].items()
    return kind, reference["name"], reference["key"]


@COLORS
def test_proxies_follow_the_active_color_and_the_environment(active: str, inactive: str) -> None:
    shop = run_once(activeColor=active)
    for workload in ("frontend", "backend"):
        for proxy, color, environment in (("prod", active, "prod"), ("test", inactive, "stg")):
            service = shop[f"service/{workload}-{proxy}-proxy"].inputs
            assert service["spec"]["selector"] == {
                "io.kompose.service": f"{workload}-{color}",
                "ateliercadrart.com/environment": environment,
            }
            assert service["metadata"]["labels"] == {"app": f"{workload}-{proxy}-proxy"}
    assert shop["configmap/environment-config"].inputs["data"] == {"COLOR_PROD": active, "COLOR_TEST": inactive}


@COLORS
def test_a_color_is_bound_to_its_environment_in_everything(active: str, inactive: str) -> None:
    shop = run_once(activeColor=active)
    bindings = {
        active: ("prod", "atelier-cadrart", "cadrart-secret", "static-volume"),
        inactive: ("stg", "atelier-cadrart-stg", "cadrart-database-stg", "static-volume-stg"),
    }
    for color, (environment, database, account, claim) in bindings.items():
        deployment = shop[f"deployment/backend-{color}"].inputs
        variables, template = env(deployment), deployment["spec"]["template"]
        assert template["metadata"]["labels"]["ateliercadrart.com/environment"] == environment
        assert variables["CADRART_DB_DATABASE"] == database
        secret = variables["CADRART_DB_USERNAME"][1]
        assert secret.startswith(f"cadrart-secrets-{environment}-")
        assert f"DATABASE_USER of {account}\n" in shop[f"configmap/{secret}"].inputs["data"]["made-of"]
        assert variables["CADRART_DB_USERNAME"] == ("secretKeyRef", secret, "DATABASE_USER")
        assert variables["CADRART_DB_PASSWORD"] == ("secretKeyRef", secret, "DATABASE_PASSWORD")
        kind, config, key = variables["LOG_LEVEL"]
        assert (kind, key) == ("configMapKeyRef", "LOG_LEVEL")
        assert config.startswith(f"cadrart-config-{environment}-")
        assert shop[f"configmap/{config}"].inputs["immutable"] is True
        for workload in ("frontend", "backend"):
            volumes = shop[f"deployment/{workload}-{color}"].inputs["spec"]["template"]["spec"]["volumes"]
            assert {"name": "static-volume", "persistentVolumeClaim": {"claimName": claim}} in volumes


@COLORS
def test_staging_s_database_pods_are_replaced_with_the_copy(active: str, inactive: str) -> None:
    copied = {"copy": "2026-11-26T10:00:00.000+00:00"}
    shop = run(FakeKubectl(results={"staging-sync": {"last": copied}}), activeColor=active)
    for workload, color, expected in (
        ("backend", inactive, {"ateliercadrart.com/copy": copied["copy"]}),
        ("frontend", inactive, None),
        ("backend", active, None),
    ):
        template = shop[f"deployment/{workload}-{color}"].inputs["spec"]["template"]
        assert template["metadata"].get("annotations") == expected


@COLORS
def test_a_copy_that_an_older_release_made_replaces_no_pod(active: str, inactive: str) -> None:
    shop = run_once(activeColor=active)
    assert not shop[f"deployment/backend-{inactive}"].inputs["spec"]["template"]["metadata"].get("annotations")


@pytest.mark.parametrize(("workload", "ports"), [("frontend", ["1F90"]), ("backend", ["0BB8", "1F41"])])
def test_an_old_pod_waits_for_its_connections(workload: str, ports: list[str]) -> None:
    deployment = run(drain={"timeout": 40})[f"deployment/{workload}-blue"].inputs
    pod = deployment["spec"]["template"]["spec"]
    shell, option, script = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert (shell, option) == ("sh", "-c")
    assert re.findall(r"\*':(\w{4}) '", script) == [port for port in ports for _address in ("IPv4", "IPv6")]
    assert pod["terminationGracePeriodSeconds"] == 70


def test_a_pod_may_wait_without_a_shell() -> None:
    pod = run(drain={"whenIdle": False})["deployment/backend-blue"].inputs["spec"]["template"]["spec"]
    assert pod["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 60}}}


def test_a_changed_value_makes_a_new_snapshot_and_new_pods() -> None:
    before, after = run_once(), run(environments={"prod": {"logLevel": "warn"}})
    names = [env(shop["deployment/backend-blue"].inputs)["LOG_LEVEL"][1] for shop in (before, after)]
    assert names[0] != names[1]
    assert after["configmap/cadrart-config-prod"].inputs["data"]["LOG_LEVEL"] == "warn"
    assert env(before["deployment/backend-green"].inputs) == env(after["deployment/backend-green"].inputs)


def test_the_environments_have_the_requested_values() -> None:
    shop = run_once()
    common = {
        "DATABASE_TYPE": "mysql",
        "DATABASE_HOST": "db",
        "DATABASE_PORT": "3306",
        "STATIC_ROOT": "/var/www/static",
    }
    assert shop["configmap/cadrart-config-prod"].inputs["data"] == {
        **common,
        "DATABASE_DATABASE": "atelier-cadrart",
        "ENVIRONMENT": "PROD",
        "ENV": "PROD",
        "LOG_LEVEL": "info",
        "CORS_ORIGINS": "https://ateliercadrart.com,https://www.ateliercadrart.com",
    }
    assert shop["configmap/cadrart-config-stg"].inputs["data"] == {
        **common,
        "DATABASE_DATABASE": "atelier-cadrart-stg",
        "ENVIRONMENT": "STG",
        "ENV": "STG",
        "LOG_LEVEL": "debug",
        "CORS_ORIGINS": "https://stg.ateliercadrart.com",
    }


def test_a_backend_runs_as_the_live_one_does() -> None:
    deployment = run(images={**images(), "green": images("2.0.0")["green"]})["deployment/backend-green"].inputs
    assert deployment["spec"]["selector"]["matchLabels"] == {
        "io.kompose.service": "backend-green",
        "environment": "green",
    }
    assert deployment["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    pod = deployment["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "cadrart-registry-key"}]
    (container,) = pod["containers"]
    assert container["image"] == "shop/backend:2.0.0"
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["ports"] == [{"name": "http", "containerPort": 3000}, {"name": "ws", "containerPort": 8001}]
    assert container["resources"] == {
        "requests": {"cpu": "25m", "memory": "64Mi"},
        "limits": {"cpu": "100m", "memory": "128Mi"},
    }
    assert container["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/api/health/live", "port": "http"}
    assert pod["terminationGracePeriodSeconds"] == 90
    variables = env(deployment)
    secret = variables["METRICS_API_KEY"][1]
    assert variables["METRICS_API_KEY"] == ("secretKeyRef", secret, "metrics-api-key")
    assert variables["DEPLOYMENT_COLOR"] == "green"
    assert variables["NODE_ENV"] == "production"


def test_the_database_keeps_its_data_and_its_contract() -> None:
    deployment = run_once()["deployment/db"]
    spec = deployment.inputs["spec"]
    assert spec["strategy"] == {"type": "Recreate"}
    (container,) = spec["template"]["spec"]["containers"]
    assert container["image"] == "mysql:8.0"
    variables = env(deployment.inputs)
    assert variables["MYSQL_DATABASE"] == ("configMapKeyRef", "cadrart-config-prod", "DATABASE_DATABASE")
    assert variables["MYSQL_ROOT_HOST"] == "localhost"
    assert variables["MYSQL_PASSWORD"] == ("secretKeyRef", "cadrart-secret", "DATABASE_PASSWORD")
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert mounts["/var/lib/mysql"] == {"name": "db-volume", "mountPath": "/var/lib/mysql", "subPath": "mysql"}
    assert mounts["/docker-entrypoint-initdb.d"]["name"] == "db-init-scripts"


def test_what_holds_data_is_never_deleted() -> None:
    shop = run_once()
    kept = {name for name, request in shop.requests.items() if request.retainOnDelete}
    assert kept == {
        "namespace/namespace",
        *(
            f"persistentvolumeclaim/{c}"
            for c in ("db-volume", "static-volume", "static-volume-stg", "cadrart-logs-pvc", "cadrart-logs-stg-pvc")
        ),
    }


def test_nothing_is_deleted_before_it_is_replaced() -> None:
    assert not [name for name, request in run_once().requests.items() if request.deleteBeforeReplace]


def test_the_provider_never_changes_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/somewhere/config")
    provider = run(kubernetes={"context": "k3s"})["kubernetes/cluster"].inputs
    assert provider["clusterIdentifier"] == "cadrart"
    assert provider["context"] == "k3s"
    assert "kubeconfig" not in provider


def test_every_deployment_has_a_time_limit() -> None:
    shop = run(rollout={"timeout": 90})
    for name in ("frontend-blue", "backend-blue", "frontend-green", "backend-green"):
        assert shop.requests[f"deployment/{name}"].customTimeouts.update == "90s"
        assert shop.requests[f"deployment/{name}"].customTimeouts.create == "90s"


def test_only_backends_backups_and_named_clients_reach_the_database() -> None:
    policy = run(database={"clients": ["phpmyadmin"]})["networkpolicy/db-clients"].inputs["spec"]
    assert policy["podSelector"]["matchLabels"] == {"io.kompose.service": "db"}
    ((peer,), (port,)) = policy["ingress"][0]["from"], policy["ingress"][0]["ports"]
    allowed = peer["podSelector"]["matchExpressions"][0]["values"]
    assert allowed == ["backend-blue", "backend-green", "cadrart-backup", "phpmyadmin"]
    assert port["port"] == 3306


def test_nothing_gets_out_of_a_rehearsal_s_pod_or_into_it() -> None:
    policy = run_once()["networkpolicy/cadrart-rehearsal"].inputs["spec"]
    assert policy["podSelector"]["matchLabels"] == {"io.kompose.service": "cadrart-rehearsal"}
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & set(policy)


def test_the_ingress_leads_hosts_to_proxies() -> None:
    spec = run(ingress={"productionHost": "shop.example.org"})["ingress/cadrart-ingress"].inputs["spec"]
    assert [rule["host"] for rule in spec["rules"]] == ["shop.example.org", "stg.ateliercadrart.com"]
    production = {
        path["path"]: (path["backend"]["service"]["name"], path["backend"]["service"]["port"]["number"])
        for path in spec["rules"][0]["http"]["paths"]
    }
    assert production == {
        "/": ("frontend-prod-proxy", 8080),
        "/ws": ("backend-prod-proxy", 8001),
        "/api": ("backend-prod-proxy", 3000),
        "/static": ("backend-prod-proxy", 3000),
    }
