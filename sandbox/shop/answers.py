"""Who answers: what the shop says of itself through its proxies. Run as a program, it asks the given addresses."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY

PROXIES = {
    "frontend-prod-proxy": (8080, "/version.json"),
    "backend-prod-proxy": (3000, "/api/health/live"),
    "frontend-test-proxy": (8080, "/version.json"),
    "backend-test-proxy": (3000, "/api/health/live"),
}


def ask(cluster: Cluster | OwnCluster, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Sends requests (`url`, `body`, `method`) from inside the cluster's network; the answers' JSON, in order.

    Without a `method` it is a POST where there is a body, a GET otherwise.

    An answer that is no success, or none at all, comes as {"error": …}.
    """
    command = [sys.executable, "-m", "sandbox.shop.answers"]
    done = cluster.run(command, cwd=REPOSITORY, input=json.dumps(requests), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SandboxError("the requests could not be sent from inside the cluster's network")
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def addresses(cluster: Cluster | OwnCluster, namespace: str) -> dict[str, str]:
    """The cluster's addresses of the Services in a namespace, by name."""
    command = ["kubectl", "-n", namespace, "get", "services", "-o", "json"]
    done = cluster.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SandboxError(f"the Services of namespace {namespace} could not be listed")
    return {item["metadata"]["name"]: item["spec"]["clusterIP"] for item in json.loads(done.stdout)["items"]}


def who_serves(cluster: Cluster | OwnCluster, namespace: str) -> dict[str, dict[str, Any]]:
    """What answers behind each proxy."""
    address = addresses(cluster, namespace)
    urls = [{"url": f"http://{address[proxy]}:{port}{path}"} for proxy, (port, path) in PROXIES.items()]
    return dict(zip(PROXIES, ask(cluster, *urls), strict=True))


def table(answers: dict[str, dict[str, Any]]) -> str:
    """Who serves what, for people."""
    columns = ("color", "environment", "database", "release")
    rows: list[tuple[str, ...]] = [("proxy", *columns)]
    for proxy, answer in answers.items():
        cells = [str(answer.get(column, "-")) for column in columns]
        rows.append((proxy, answer["error"]) if "error" in answer else (proxy, *cells))
    widths = [max(len(row[place]) for row in rows if len(row) > 2) for place in range(len(columns) + 1)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _send(requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_answer(**request) for request in requests]


def _answer(url: str, body: Any = None, method: str | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method), timeout=10) as response:
            answer: dict[str, Any] = json.loads(response.read() or "{}")
            return answer
    except (OSError, ValueError) as error:
        return {"error": str(error)}


if __name__ == "__main__":
    print(json.dumps(_send(json.load(sys.stdin))))
