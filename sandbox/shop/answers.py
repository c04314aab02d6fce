"""Who answers: what the shop says of itself through its proxies."""

import json
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from cadrart_infra.cluster.kinds import SERVICE, name_of
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster

PROXIES = {
    "frontend-prod-proxy": (8080, "/version.json"),
    "backend-prod-proxy": (3000, "/api/health/live"),
    "frontend-test-proxy": (8080, "/version.json"),
    "backend-test-proxy": (3000, "/api/health/live"),
}

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""By no proxy of the user's: none knows a way into the cluster's network."""


@dataclass(frozen=True)
class Request:
    """A request to a Service of the shop; a POST where there is a body and no `method`, a GET where there is neither.

    `body` is sent as JSON.
    """

    service: str
    port: int
    path: str
    body: Any = None
    method: str | None = None

    @property
    def verb(self) -> str:
        """The method that is sent."""
        return self.method or ("GET" if self.body is None else "POST")


def ask(cluster: Cluster | OwnCluster, namespace: str, *requests: Request) -> list[dict[str, Any]]:
    """Sends the requests one after the other; the answers' JSON, in order.

    On the throw-away cluster they come from inside its network, to the Services' own addresses. A cluster of the user's
    own is often reached through its API server alone, so there they go through it.

    An answer that is no success, or none at all, comes as {"error": …}.
    """
    if isinstance(cluster, OwnCluster):
        return [_through_api_server(cluster, namespace, request) for request in requests]
    address = addresses(cluster, namespace)
    return cluster.inside(lambda: [_answer(address[request.service], request) for request in requests])


_KUBECTL_VERBS = {"GET": "get", "POST": "create", "PUT": "replace", "DELETE": "delete"}


def _through_api_server(cluster: OwnCluster, namespace: str, request: Request) -> dict[str, Any]:
    """By the API server's proxy, which needs nothing but the kubeconfig."""
    path = f"/api/v1/namespaces/{namespace}/services/{request.service}:{request.port}/proxy{request.path}"
    command = ["kubectl", _KUBECTL_VERBS[request.verb], "--raw", path]
    command += [] if request.body is None else ["-f", "-"]
    body = "" if request.body is None else json.dumps(request.body)
    done = cluster.run(command, input=body, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        answer: dict[str, Any] = json.loads(done.stdout or "{}") if done.returncode == 0 else {"error": done.stderr}
    except ValueError as error:
        return {"error": str(error)}
    return answer


def addresses(cluster: Cluster | OwnCluster, namespace: str) -> dict[str, str]:
    """The cluster's addresses of the Services in a namespace, by name."""
    services = cluster.read(SERVICE.path(namespace))["items"]
    return {name_of(service): service["spec"]["clusterIP"] for service in services}


def who_serves(cluster: Cluster | OwnCluster, namespace: str) -> dict[str, dict[str, Any]]:
    """What answers behind each proxy."""
    requests = [Request(proxy, port, path) for proxy, (port, path) in PROXIES.items()]
    return dict(zip(PROXIES, ask(cluster, namespace, *requests), strict=True))


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


def _answer(address: str, request: Request) -> dict[str, Any]:
    data = None if request.body is None else json.dumps(request.body).encode()
    url = f"http://{address}:{request.port}{request.path}"
    try:
        with _DIRECT.open(urllib.request.Request(url, data=data, method=request.verb), timeout=10) as response:
            answer: dict[str, Any] = json.loads(response.read() or "{}")
            return answer
    except (OSError, ValueError) as error:
        return {"error": str(error)}
