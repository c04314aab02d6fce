"""The server's objects in a cluster, as kubectl shows them."""

from typing import Any

Manifest = dict[str, Any]


def template(memory: str = "512Mi", request: str = "", **container: Any) -> Manifest:
    """A pod template of the server, as the API server fills it in."""
    return {
        "metadata": {
            "labels": {"io.kompose.service": "db", "pod-template-hash": memory},
            **({"annotations": {"ateliercadrart.com/restart": request}} if request else {}),
        },
        "spec": {
            "containers": [
                {
                    "name": "db",
                    "image": "mysql:8.0",
                    "env": [{"name": "MYSQL_ROOT_HOST", "value": "localhost"}],
                    "resources": {"limits": {"cpu": "100m", "memory": memory}},
                    **container,
                }
            ],
            "securityContext": {},
        },
    }


def deployment(journal: str = "", *, paused: bool = True) -> Manifest:
    """The Deployment `db`."""
    annotations = {"ateliercadrart.com/restart-journal": journal} if journal else {}
    metadata = {"name": "db", "uid": "deployment", "generation": 1, "annotations": annotations}
    return {
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"paused": paused, "template": template()},
        "status": {"observedGeneration": 1},
    }


def replica_set(
    name: str, revision: int, replicas: int, pod: Manifest | None = None, owner: str = "deployment"
) -> Manifest:
    """A ReplicaSet of it; no `owner` for one whose Deployment was deleted with --cascade=orphan."""
    metadata = {
        "name": name,
        "uid": name,
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        "labels": {"io.kompose.service": "db"},
        "ownerReferences": [{"uid": owner}] if owner else [],
    }
    return {"kind": "ReplicaSet", "metadata": metadata, "spec": {"replicas": replicas, "template": pod or template()}}


def refused(said: str = 'pods "db-1-x" is forbidden: maximum memory is 512Mi') -> Manifest:
    """What is in a ReplicaSet besides while the cluster refuses its pod."""
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
    return {"status": {"replicas": 0, "conditions": [condition]}}
