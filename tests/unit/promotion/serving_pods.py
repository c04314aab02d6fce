"""Pods that serve, or might."""

from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.naming import pod_labels
from cadrart_infra.workloads import BACKEND
from tests.unit.cluster_objects import Object

BY_THE_CLUSTER = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
"""The label of the EndpointSlices that follow from a Service's selector."""


def pod(workload: Workload, color: Color, environment: Environment) -> Object:
    env = [{"name": "CADRART_DB_DATABASE", "value": f"shop-{environment}"}]
    container = {"image": f"registry/shop/{workload}:1", "env": env if workload == BACKEND.name else []}
    return {
        "kind": "Pod",
        "metadata": {
            "name": f"{workload}-{color}-x",
            "labels": pod_labels(workload, color, environment),
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{workload}-{color}-6875fb4967"}],
        },
        "spec": {"containers": [container]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
