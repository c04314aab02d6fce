"""Argo Rollouts' blueGreen: two Rollouts, frontend and backend, with the pods that this program gives a colour.

It has no second database: both colours are bound to production's, and the preview Services lead there as well.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.switch.namespaces import own_namespace
from benchmarks.switch.trial import ROLLBACK_WARM, SWITCH, Step
from cadrart_infra.cluster.kinds import Kind
from sandbox.cluster.cluster import Cluster
from sandbox.errors import SandboxError
from sandbox.shop import live_manifests
from sandbox.shop.handle import Shop
from sandbox.toolchain import gobuild, recipes

NAME = "Argo Rollouts 1.8.3 blueGreen"
NAMESPACE = "cadrart-argo"
_ROLLOUT = Kind("Rollout", "apis/argoproj.io/v1alpha1", "rollouts")
_WORKLOADS = {"frontend": {"http": 8080}, "backend": {"api": 3000, "websocket": 8001}}
_SWITCH_SECONDS = 120.0
Templates = Mapping[str, dict[str, Any]]


def build(cluster: Cluster) -> Path:
    """The folder with the controller and its CRDs, built where it is missing. Raises SandboxError."""
    gobuild.build([recipes.ARGO_ROLLOUTS], cluster.progress)
    return gobuild.installed(recipes.ARGO_ROLLOUTS)


def templates(shop: Shop) -> Templates:
    """The pods of production as this program makes them, by workload, and the ConfigMaps that they are bound to."""
    color = shop.stack.outputs()["activeColor"]
    deployments = shop.get("deployments")
    return {name: deployments[f"deployment/{name}-{color}"]["spec"]["template"] for name in _WORKLOADS}


def config_maps(shop: Shop) -> list[dict[str, Any]]:
    """Every ConfigMap that those pods may name, as another namespace can have it."""
    found = shop.get("configmaps").values()
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": each["metadata"]["name"]}, "data": each["data"]}
        for each in found
        if each["metadata"]["name"].startswith("cadrart-config-")
    ]


@contextlib.contextmanager
def installed(cluster: Cluster, binaries: Path, pods: Templates, settings: list[dict[str, Any]]) -> Iterator[Shop]:
    """The shop with two Rollouts in the place of its four Deployments, and the controller beside the cluster."""
    with own_namespace(cluster, NAMESPACE) as shop:
        for crd in sorted(binaries.glob("*-crd.yaml")):
            shop.kubectl("apply", "--server-side", "-f", str(crd))
        live_manifests.install(shop, "mysql")
        with _controller(cluster, binaries):
            _take_over(shop, pods, settings)
            yield shop


def steps(shop: Shop, pods: Templates, count: int) -> Iterator[Step]:
    """`count` switches, each a new release as the controller sees it, and a rollback while the old pods still run."""
    for number in range(1, count + 2):
        color = "green" if number % 2 else "blue"
        yield Step(SWITCH, color, partial(_release, shop, pods, color, number))
    before = "blue" if color == "green" else "green"
    yield Step(ROLLBACK_WARM, before, partial(_release, shop, pods, before, count))


@contextlib.contextmanager
def _controller(cluster: Cluster, binaries: Path) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        command = [str(binaries / "rollouts-controller"), "--leader-elect=false"]
        process = cluster.popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            yield
        except SandboxError as error:
            log.seek(0)
            said = log.read().decode(errors="replace")[-2000:]
            raise SandboxError(f"{error}\nThe controller's log ends:\n{said}") from error
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _take_over(shop: Shop, pods: Templates, settings: list[dict[str, Any]]) -> None:
    names = [f"deployment/{workload}-{color}" for workload in _WORKLOADS for color in ("blue", "green")]
    shop.kubectl("delete", *names)
    for manifest in settings:
        shop.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    for workload in _WORKLOADS:
        for proxy in ("prod", "test"):
            selector = [{"op": "replace", "path": "/spec/selector", "value": {"io.kompose.service": workload}}]
            shop.kubectl("patch", "service", f"{workload}-{proxy}-proxy", "--type=json", "-p", json.dumps(selector))
    _release(shop, pods, "blue", 0)


def _release(shop: Shop, pods: Templates, color: str, number: int) -> None:
    """Applies both Rollouts, and waits until the controller says that production is on them."""
    rollouts = [_rollout(workload, pods[workload], color, number) for workload in _WORKLOADS]
    applied = json.dumps({"apiVersion": "v1", "kind": "List", "items": rollouts})
    shop.kubectl("apply", "-f", "-", stdin=applied)
    deadline = time.monotonic() + _SWITCH_SECONDS
    while not all(_healthy(rollout) for rollout in _rollouts(shop)):
        if time.monotonic() > deadline:
            raise SandboxError(f"Argo Rollouts did not finish the switch to {color} within {_SWITCH_SECONDS:g} s")
        time.sleep(0.25)


def _rollouts(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.cluster.read(_ROLLOUT.path(shop.namespace))["items"]
    return found


def _healthy(rollout: Mapping[str, Any]) -> bool:
    status = rollout.get("status", {})
    seen = str(status.get("observedGeneration")) == str(rollout["metadata"]["generation"])
    return seen and status.get("phase") == "Healthy"


def _rollout(workload: str, template: dict[str, Any], color: str, number: int) -> dict[str, Any]:
    """blueGreen with the controller's defaults: promotion as soon as the pods are ready, old pods kept for 30 s."""
    labels = {"io.kompose.service": workload}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": _pod(template["spec"], color, number)},
        "strategy": {
            "blueGreen": {"activeService": f"{workload}-prod-proxy", "previewService": f"{workload}-test-proxy"}
        },
    }
    return {
        "apiVersion": _ROLLOUT.version,
        "kind": _ROLLOUT.name,
        "metadata": {"name": workload, "labels": labels},
        "spec": spec,
    }


def _pod(pod: dict[str, Any], color: str, number: int) -> dict[str, Any]:
    """The pod as this program makes it, of a colour; the number makes it a release that the controller has not seen."""
    container = dict(pod["containers"][0])
    others = [_of_this_namespace(each) for each in container["env"] if each["name"] != "DEPLOYMENT_COLOR"]
    container["env"] = [
        *others,
        {"name": "DEPLOYMENT_COLOR", "value": color},
        {"name": "BENCH_RELEASE", "value": str(number)},
    ]
    return {**pod, "containers": [container]}


def _of_this_namespace(variable: dict[str, Any]) -> dict[str, Any]:
    """A variable whose value is a Secret's takes it from those that this shop has: the program's pods have copies."""
    reference = variable.get("valueFrom", {}).get("secretKeyRef")
    if reference is None:
        return variable
    secret = "cadrart-metrics-secret" if reference["key"] == "metrics-api-key" else "cadrart-secret"
    return {**variable, "valueFrom": {"secretKeyRef": {**reference, "name": secret}}}
