"""The former script, its defects repaired, run by kubectl on a shop as `kubectl apply` made it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.switch.namespaces import own_namespace
from benchmarks.switch.trial import ROLLBACK_COLD, SWITCH, Step
from sandbox.cluster.cluster import Cluster
from sandbox.errors import SandboxError
from sandbox.shop import images as shop_images
from sandbox.shop import live_manifests
from sandbox.shop.handle import Shop

NAME = "former script, repaired"
NAMESPACE = "cadrart-former"
_SCRIPT = Path(__file__).with_name("former_switch.sh")
_ENVIRONMENTS = {"prod": ("PROD", "atelier-cadrart", "blue"), "stg": ("STG", "atelier-cadrart-stg", "green")}
"""Name in answers, database, and the colour that serves it first."""


@contextlib.contextmanager
def installed(cluster: Cluster) -> Iterator[Shop]:
    """The live shop with what the former design adds to it: a staging database, and settings by colour."""
    with own_namespace(cluster, NAMESPACE) as shop:
        live_manifests.install(shop, "mysql")
        _make_staging_database(shop)
        for environment, (_, _, color) in _ENVIRONMENTS.items():
            for name in (environment, color):
                _apply(shop, _settings(shop, f"cadrart-config-{name}", environment))
        for color in ("blue", "green"):
            _bind(shop, color)
        yield shop


def steps(shop: Shop, count: int) -> Iterator[Step]:
    """`count` switches from blue and back, and a rollback, which is the same procedure."""
    colors = ["green" if number % 2 == 0 else "blue" for number in range(count + 2)]
    for color in colors[:-1]:
        yield Step(SWITCH, color, partial(_switch, shop, color))
    yield Step(ROLLBACK_COLD, colors[-1], partial(_switch, shop, colors[-1]))


def _switch(shop: Shop, color: str) -> None:
    environment = {"NAMESPACE": shop.namespace, "TEST_IMAGE": shop_images.MYSQL_IMAGE}
    done = shop.cluster.run(["bash", str(_SCRIPT), color], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SandboxError(f"the former script ended with {done.returncode}\n{done.stdout}{done.stderr}")


def _make_staging_database(shop: Shop) -> None:
    """What the former init script does on a new volume; on the live one it would never run."""
    user = shop.secret("cadrart-secret")["DATABASE_USER"]
    shop.as_root(
        "CREATE DATABASE IF NOT EXISTS `atelier-cadrart-stg` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        f"GRANT ALL PRIVILEGES ON `atelier-cadrart-stg`.* TO '{user}'@'%'",
    )


def _settings(shop: Shop, name: str, environment: str) -> dict[str, Any]:
    title, database, _ = _ENVIRONMENTS[environment]
    live_settings = shop.get("configmaps")["configmap/cadrart-config"]["data"]
    data = {**live_settings, "ENVIRONMENT": title, "DATABASE_DATABASE": database}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def _bind(shop: Shop, color: str) -> None:
    """Lets a colour's pods read the colour's ConfigMap, and its frontend say which colour it is."""
    for workload in ("frontend", "backend"):
        name = f"{workload}-{color}"
        container = shop.get("deployments")[f"deployment/{name}"]["spec"]["template"]["spec"]["containers"][0]
        named = json.dumps(container.get("env", [])).replace('"cadrart-config"', f'"cadrart-config-{color}"')
        env = json.loads(named)
        if workload == "frontend":
            key = {"configMapKeyRef": {"name": f"cadrart-config-{color}", "key": "ENVIRONMENT"}}
            env = [{"name": "DEPLOYMENT_COLOR", "value": color}, {"name": "ENVIRONMENT", "valueFrom": key}]
        pod = {"containers": [{"name": name, "env": env}]}
        shop.kubectl("patch", "deployment", name, "-p", json.dumps({"spec": {"template": {"spec": pod}}}))
    for workload in ("frontend", "backend"):
        shop.kubectl("rollout", "status", f"deployment/{workload}-{color}", "--timeout=180s")


def _apply(shop: Shop, manifest: dict[str, Any]) -> None:
    shop.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
