"""What a pod says of itself, asked of the pod itself through the API server."""

import json

from cadrart_infra.connection import ClusterError, Kubectl
from cadrart_infra.naming import Workload

_PATHS = {Workload.FRONTEND: (8080, ""), Workload.BACKEND: (3000, "api/health/live")}


def health_problem(kubectl: Kubectl, workload: Workload, pod: str, database: str) -> str | None:
    """What is wrong with the pod, or None.

    The pod has to answer with a status of success within five seconds. Where a backend's answer names the database
    that it is connected to, it has to be `database`.
    """
    port, path = _PATHS[workload]
    url = f"/api/v1/namespaces/{kubectl.namespace}/pods/{pod}:{port}/proxy/{path}"
    try:
        answer = kubectl.run("get", "--raw", url, timeout=5)
    except ClusterError as error:
        return f"{pod}: /{path} is not healthy: {error}"
    connected = _named_database(answer) if workload is Workload.BACKEND else None
    if connected is not None and connected != database:
        return f"{pod}: it is connected to the database {connected}, not to {database}"
    return None


def _named_database(answer: str) -> str | None:
    try:
        value = json.loads(answer)
    except json.JSONDecodeError:
        return None
    return str(value["database"]) if isinstance(value, dict) and "database" in value else None
