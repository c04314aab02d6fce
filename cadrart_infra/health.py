"""Health probes of pods and proxies, asked through the API server."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.model import WorkloadSpec

_HAS_NO_SUCH_PAGE = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.METHOD_NOT_ALLOWED,
}

Ask = Callable[[str], str]
"""Gives what the API server answers at a path, within five seconds; raises ClusterError where that is no success."""


def pod_url(namespace: str, spec: WorkloadSpec, pod: str, path: str) -> str:
    """The path, at the API server, of a workload's page as a pod answers it."""
    return f"/api/v1/namespaces/{namespace}/pods/{pod}:{spec.http.number}/proxy{path}"


def service_url(namespace: str, spec: WorkloadSpec, service: str, path: str) -> str:
    """The path, at the API server, of a workload's page as whatever pod answers it that the Service leads to."""
    return f"/api/v1/namespaces/{namespace}/services/{service}:{spec.http.number}/proxy{path}"


def health_problem(ask: Ask, spec: WorkloadSpec, who: str, url: str, database: str) -> tuple[str, bool]:
    """What is wrong with what answers at `url`, empty where nothing is; and whether it named its database.

    It has to answer with a status of success in time. Where the answer of a workload that
    uses the database names the one that it is connected to, it has to be `database`.
    """
    try:
        answer = ask(url)
    except ClusterError as error:
        return f"{who}: {spec.health_path} is not healthy: {error}", False
    connected = _content(answer).get("database") if spec.uses_database else None
    if connected is not None and connected != database:
        return f"{who}: it is connected to the database {connected}, not to {database}", True
    return "", connected is not None


def schema_problem(ask: Ask, namespace: str, spec: WorkloadSpec, pod: str) -> str:
    """What a pod's release misses in the schema of its database; empty where nothing is, or it does not say."""
    try:
        answer = ask(pod_url(namespace, spec, pod, spec.schema_path))
    except ClusterError as error:
        says_nothing = isinstance(error, ApiError) and error.status in _HAS_NO_SUCH_PAGE
        return "" if says_nothing else f"{pod}: {spec.schema_path} gives no answer: {error}"
    missing = _content(answer).get("missing") or []
    if not missing:
        return ""
    return f"{pod}: the database is behind what the release expects; migrations missing: {', '.join(map(str, missing))}"


def _content(answer: str) -> dict[str, Any]:
    """An answer's JSON object; empty where it is anything else."""
    try:
        value = json.loads(answer)
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
